// What the technician says of the place and of the traffic, as far as flags, an earlier report or the test so far do not.

import type { Report, Session, Truth } from '../commission/index.ts';
import { countText } from '../shared/quantities.ts';
import { ask, canAsk } from './ask.ts';
import type { CommissionOptions } from './commission-options.ts';

/** Who does it, with which lens, from where: kept with the test. */
export async function askDetails({
  options,
  session,
  before,
}: {
  options: CommissionOptions;
  session: Session;
  before: Report | undefined;
}): Promise<void> {
  const { state } = session;
  const old = before?.mounting;
  const isNew = state.by.name === '';
  if (options.by !== undefined) state.by.name = options.by;
  state.by.company = options.company ?? state.by.company;
  const { mounting } = state;
  mounting.lens = options.lens ?? mounting.lens ?? old?.lens ?? null;
  mounting.heightM = options.height ?? mounting.heightM ?? old?.heightM ?? null;
  mounting.distanceM = options.distance ?? mounting.distanceM ?? old?.distanceM ?? null;
  mounting.note = options.note ?? mounting.note;
  if (isNew && canAsk() && !options.recordOnly && options.truth === undefined) {
    if (options.by === undefined)
      state.by.name = await ask('Your name', (answer) =>
        answer === '' ? 'It stands in the report.' : undefined,
      );
    if (options.company === undefined) state.by.company = (await ask('Company (or Enter)')) || null;
    if (mounting.lens === null) mounting.lens = (await ask('Lens, like 12 mm (or Enter)')) || null;
    mounting.heightM ??= await metres('Height of the camera above the road, in metres (or Enter)');
    mounting.distanceM ??= await metres('Distance to the plates, in metres (or Enter)');
  }
  session.save();
}

async function metres(question: string): Promise<number | null> {
  const parse = (answer: string) => Number(answer.replace(',', '.').replace(/\s*m$/i, ''));
  const answer = await ask(question, (text) =>
    text === '' || (parse(text) > 0 && parse(text) <= 1000)
      ? undefined
      : 'Wanted a number of metres, like 6.5',
  );
  return answer === '' ? null : parse(answer);
}

/** A tally by key, a number on paper, or nobody counted. */
export async function askCount(
  tally: number,
  options: CommissionOptions,
  truth: Truth | undefined,
): Promise<number | null> {
  if (truth?.kind === 'passages') return null;
  if (!canAsk() || options.recordOnly) return tally > 0 ? tally : null;
  const answer = await ask(
    tally > 0
      ? `You counted ${countText(tally, 'vehicle')}; press Enter, or give the right number (0: do not use the count)`
      : 'How many vehicles passed, if somebody counted them? (Enter: nobody did)',
    (text) => (/^\d*$/.test(text) ? undefined : 'Wanted a number'),
  );
  if (answer === '') return tally > 0 ? tally : null;
  return Number(answer) || null;
}
