// Breaks whatever stands between a box and its centre, and counts at the centre what that cost. docs/chaos.md says what
// is done and keeps a run's figures.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cases, problemsOf, type Row, seeded } from './chaos-cases/index.ts';

const HELP = `Usage: scripts/chaos [--short] [--seed N] [--only CASE] [--json]

Breaks box, broker, link, disk and clock while reads come in, and counts at
the consumer (scripts/central) what was lost, duplicated, out of order within
a lane of one connection, or not reported.

${cases.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

  --short      few rounds of each, as in the tests: about two minutes
  --seed N     the moments at which things happen; default: the time
  --only CASE  one of the above; may be given more than once
  --json       a JSON array of rows instead of the table
  --help

Exit status: 0 nothing lost; 1 something was; 2 usage.
Example: scripts/chaos --short --only box --only power
`;

function usage(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        short: { type: 'boolean', default: false },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        only: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return usage(`${error instanceof Error ? error.message : error} (scripts/chaos --help)`);
  }
}

const values = options();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const seed = Number(values.seed);
if (!Number.isInteger(seed)) usage(`--seed: wanted a whole number, found "${values.seed}"`);
for (const name of values.only ?? [])
  if (!cases.some((one) => one.name === name))
    usage(`--only: wanted one of ${cases.map((one) => one.name).join(', ')}, found "${name}"`);

// Boxes are started a thousand times: what is compiled is kept, so that the time goes into what is looked at.
const compiled = mkdtempSync(join(tmpdir(), 'anpr-chaos-compiled-'));
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }));
process.env.NODE_COMPILE_CACHE ??= compiled;

const rows: Row[] = [];
for (const { name, run } of cases) {
  if (values.only && !values.only.includes(name)) continue;
  const say = (text: string) => process.stderr.write(`${name}: ${text}\n`);
  say('begins');
  const done = await run({ short: values.short, random: seeded(seed), say });
  for (const row of done) say(lineOf(row)); // a long run may be ended before its table
  rows.push(...done);
}
const failed = rows.filter((row) => !row.skipped && problemsOf(row.verdict, row.mayTell).length > 0);
if (values.json) console.log(JSON.stringify({ seed, ok: failed.length === 0, rows }));
else print();
process.exitCode = failed.length > 0 ? 1 : 0;

/** In 80 columns. */
function print(): void {
  console.log(line('', 'done', ['reads', 'lost', 'twice', 'order', 'unrep.', 'told', 's']));
  for (const row of rows) console.log(lineOf(row));
  for (const row of failed)
    console.log(`${row.name}: ${problemsOf(row.verdict, row.mayTell).join(', ')} (--seed ${seed})`);
  console.log(
    failed.length > 0
      ? `${failed.length} of ${rows.length} failed, seed ${seed}`
      : `nothing lost, seed ${seed}`,
  );
}

function lineOf({ name, done, verdict, tookMs, skipped }: Row): string {
  if (skipped) return `${name.padEnd(21)} skipped: ${skipped}`;
  const { arrived, lost, duplicated, outOfOrder, unreported, told } = verdict;
  const seconds = Math.round(tookMs / 1000);
  return line(name, done, [arrived, lost, duplicated, outOfOrder, unreported, told, seconds]);
}

function line(name: string, done: string, figures: (string | number)[]): string {
  const widths = [7, 5, 6, 6, 7, 6, 5];
  const cells = figures.map((figure, index) => String(figure).padStart(widths[index] ?? 6));
  return `${name.padEnd(21)} ${done.padEnd(16)}${cells.join('')}`;
}
