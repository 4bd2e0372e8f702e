// Single photographs, measured as `anpr evaluate` reads them: the last table of scripts/calibrate.

import path from 'node:path';
import { evaluate, SURE_FROM } from '../../agent/recognise/index.ts';
import { messageOf } from '../../agent/shared/errors.ts';
import type { Vision } from '../../agent/vision/index.ts';
import { shareText } from './fit.ts';
import { table } from './tables.ts';

const val = { column: 'split', value: 'val' };
const SETS = [
  { name: 'OpenALPR-EU part', folder: 'openalpr-eu-part', where: [] },
  {
    name: 'dash-cam validation, clear',
    folder: 'dashcam-ro',
    where: [val, { column: 'quality', value: 'clear' }],
  },
  {
    name: 'dash-cam validation, hard',
    folder: 'dashcam-ro',
    where: [val, { column: 'quality', value: 'hard' }],
  },
  {
    name: 'street-mixed, readable (trained with)',
    folder: 'street-mixed',
    where: [{ column: 'readable', value: '1' }],
  },
];

/** @param data the photographs' folder; sets that are not there are left out */
export async function photographsTable(vision: Vision, data: string, minConfidence: number): Promise<string> {
  const kept = { minConfidence, minCharacters: 3 };
  const rows: string[][] = [];
  for (const { name, folder, where } of SETS) {
    const result = await evaluate(vision, path.join(data, folder), { ...kept, where }).catch(notThere);
    if (result === null) continue;
    const sure = result.calibration.bins.filter(({ from }) => from >= 0.9);
    const n = sure.reduce((sum, { right }) => sum + right.n, 0);
    const right = sure.reduce((sum, bin) => sum + bin.right.count, 0);
    const { exact, calibration } = result;
    rows.push([
      name,
      shareText(exact.count, exact.n),
      shareText(calibration.sureWrong.count, calibration.sureWrong.n),
      shareText(n - right, n),
    ]);
  }
  const none = await evaluate(vision, path.join(data, 'no-plate'), { ...kept, noPlates: true }).catch(
    notThere,
  );
  if (none !== null)
    rows.push([
      'no plate: reads in so many pictures',
      `${none.falseReads.count} in ${none.pictures}`,
      '',
      '',
    ]);
  return table(
    ['single photographs', 'exactly right', `wrong of reads at ${SURE_FROM} and more`, 'at 0.9 and more'],
    rows,
  );
}

/** A set that somebody does not have is no failure, but it is said. */
function notThere(error: unknown): null {
  process.stderr.write(`left out: ${messageOf(error)}\n`);
  return null;
}
