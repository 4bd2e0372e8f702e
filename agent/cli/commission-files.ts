// What a report is written as: JSON, and a page and a CSV for each language.

import { join } from 'node:path';
import type { Language, Report } from '../commission/index.ts';
import type { BoxKey } from '../seal/index.ts';

/** The languages that were asked for, else the terminal's. */
export function languagesFor(given: readonly Language[] | undefined, environment = process.env): Language[] {
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  const own = (LC_ALL || LC_MESSAGES || LANG || '').slice(0, 2);
  return given ? [...given] : [own === 'nl' || own === 'fr' ? own : 'en'];
}

/** `commission-gate-20261122-1407` */
function baseNameOf({ camera, writtenAt, timeZone }: Report): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(new Date(writtenAt));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `commission-${camera}-${part('year')}${part('month')}${part('day')}-${part('hour')}${part('minute')}`;
}

const MODE = 0o640;

/** With sudo the files are still the technician's. */
function ownerOf({ SUDO_UID, SUDO_GID }: NodeJS.ProcessEnv): { uid?: number; gid?: number } {
  const [uid, gid] = [Number(SUDO_UID), Number(SUDO_GID)];
  return SUDO_UID && SUDO_GID && Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : {};
}

/** @returns the files, in order @throws {AnprError} `commission.unwritable` */
export async function writeFiles(
  report: Report,
  {
    folder,
    languages,
    key,
    json,
  }: { folder: string; languages: readonly Language[]; key: BoxKey | null; json: boolean },
): Promise<string[]> {
  const { csvOf, pageOf, sealCsv, sealPage, writeWhole } = await import('../commission/index.ts');
  const base = baseNameOf(report);
  const files: string[] = [];
  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeWhole(file, content, { mode: MODE, ...ownerOf(process.env) });
    files.push(file);
  };
  if (json) write(`${base}.json`, `${JSON.stringify(report, null, 1)}\n`);
  for (const language of languages) {
    write(`${base}.${language}.html`, sealPage(pageOf(report, language, `${base}.json`), key));
    write(`${base}.${language}.csv`, sealCsv(csvOf(report, language), key));
  }
  return files;
}
