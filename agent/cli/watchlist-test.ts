// `anpr watchlist test`: what the lists would say of a plate, and why.

import { type Command, InvalidArgumentError } from 'commander';
import { AnprError } from '../shared/errors.ts';
import type { ListAnswer, Match, StoredEntry } from '../watchlist/index.ts';
import { noteAccess } from './note.ts';
import { configOption, example, jsonOption, reasonOption, share, time } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { withLists } from './own-lists.ts';

interface TestOptions {
  config?: string;
  json?: true;
  why?: true;
  reason?: string;
  confidence: number;
  country?: string;
  at?: number;
}

const DEFAULT_CONFIDENCE = 0.95;
const SHOWN_CANDIDATES = 8;

export function registerWatchlistTest(lists: Command): void {
  const command = lists
    .command('test')
    .argument('<plate>', 'as a camera would read it')
    .description('show what the lists would say of a plate')
    .option('--why', 'show how each probability came about')
    .option('--confidence <share>', 'how sure the read is', confidence, DEFAULT_CONFIDENCE)
    .option('--country <sign>', 'the country that was read; default: none was')
    .option('--at <time>', 'when it passes: 2026-11-22, "2026-11-22 13:07", 13:07; default: now', time)
    .addOption(reasonOption())
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document: {candidates, answers: [{list, probability, matches}]}'))
    .action(testPlate);
  example(command, 'anpr watchlist test 1-ABC-234', 'anpr watchlist test 1OBC234 --confidence 0.7 --why');
}

function confidence(value: string): number {
  const number = share(value);
  if (number === 0) throw new InvalidArgumentError('wanted more than 0.');
  return number;
}

async function testPlate(written: string, options: TestOptions): Promise<void> {
  const { normalisePlate, typedPlate } = await import('../watchlist/index.ts');
  const plate = normalisePlate(written);
  if ('problem' in plate || plate.wildcard)
    throw new AnprError(
      'usage.plate',
      `wanted a plate of letters and digits, found ${'problem' in plate ? plate.problem : 'a pattern'}`,
      'Write it as on the vehicle, like 1-ABC-234.',
    );
  const seen = typedPlate(plate.plate, options.confidence, options.country?.toUpperCase() ?? null);
  const { found, states } = await withLists(options.config, async (lists, config) => {
    const at = options.at ?? Date.now();
    const found = lists.match(seen, at);
    const entries = found.answers.reduce((sum, { matches }) => sum + matches.length, 0);
    await noteAccess(config, 'entries', { command: 'test', plate: plate.plate }, entries, options.reason);
    return { found, states: lists.states(at) };
  });
  const output = createOutput();
  if (options.json) {
    output.json({ plate: plate.plate, ...found });
    return;
  }
  for (const { list, problem } of states) if (problem) output.field(`${list}: `, problem, 'red');
  output.table(
    ['LIST', 'ALERT IF', 'PROBABILITY', 'ENTRIES IT MAY BE'],
    found.answers.map((answer) => [
      answer.list,
      answer.kind.replace('alert-if-', ''),
      percent(answer.probability),
      answer.matches
        .slice(0, 3)
        .map(({ entry }) => `${entry.plate} (line ${entry.line})`)
        .join(', ') || 'none',
    ]),
  );
  if (!options.why) return;
  for (const answer of found.answers) why(output, answer);
  output.line();
  output.field(
    'Looked up: ',
    `${found.candidates.length} texts, most probable first: ${found.candidates
      .slice(0, SHOWN_CANDIDATES)
      .map(({ text, probability }) => `${text} ${percent(probability)}`)
      .join(', ')}`,
  );
  output.field(
    'Assumed:   ',
    `a read that is ${percent(options.confidence)} sure, three quarters of its doubt about characters that look alike. A camera's read brings its own.`,
  );
}

function why(output: Output, { list, kind, matches }: ListAnswer): void {
  for (const match of matches.slice(0, 3)) {
    output.line();
    output.field(`${list}: `, `${match.entry.plate}, line ${match.entry.line} of its source`, 'bold');
    for (const text of reasons(match)) output.field('  ', text);
  }
  if (kind === 'alert-if-absent') output.field(`${list}: `, 'the alert is for what no entry explains');
}

function reasons({ entry, seen, country, weight, probability }: Match<StoredEntry>): string[] {
  const wildcard = /[?*]/.test(entry.plate);
  return [
    `The read shows ${wildcard ? 'a text like it' : 'this text'} with ${percent(seen)}.`,
    ...(entry.country === null ? [] : [`The plate is of ${entry.country} with ${percent(country)}.`]),
    ...(wildcard ? [] : [`It is ${timesText(weight)} to pass here as another plate of that look.`]),
    `Together: ${percent(probability)}.`,
  ];
}

function timesText(weight: number): string {
  const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
  return weight >= 1
    ? `${digits.format(weight)} times as likely`
    : `1/${digits.format(1 / weight)} as likely`;
}

/** 0.001 % is the least that is told apart from nothing */
function percent(value: number): string {
  const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
  if (value > 0.9999 && value < 1) return '>99.99 %';
  return value < 1e-5 ? '<0.001 %' : `${digits.format(value * 100)} %`;
}
