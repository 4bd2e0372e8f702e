// Many sources become one list: each plate once for each country and validity, with what every source says of it. Pure but for
// what the sources are read from.

import { type WatchlistRow, watchlistRow } from '../../agent/contract/index.ts';
import { entryOf, FIELDS, type FoundRow, identityOf, type Row } from '../../agent/watchlist/index.ts';
import type { GeneratorList, SourceConfig } from './config.ts';

export interface MergedList {
  /** rows in the contract's own words, as JSON, in one order whatever order they came in */
  lines: string[];
  sources: MergedSource[];
}

export interface MergedSource {
  name: string;
  /** rows that were taken */
  rows: number;
  /** rows that stood before, in this source or another */
  joined: number;
  bad: number;
  /** the first of them: line and reason, never what stood there */
  named: { line: number; reason: string }[];
}

/** A source that cannot be used: the list stays as it was published. */
export class SourceError extends Error {
  readonly source: string;

  constructor(source: string, message: string) {
    super(`source ${source}: ${message}`);
    this.source = source;
  }
}

/** With more bad rows than one in a hundred, and than these, it is another kind of file. */
const BAD_ALLOWED = 10;
const BAD_SHARE = 0.01;
const MOST_NAMED = 20;
const MOST_TEXT = 500;
/** a list is put together in memory, and as one text: V8's longest has 2^29 characters */
const MOST_CHARACTERS = 500_000_000;
/** V8's longest map has 2^24 */
const MOST_PLATES = 16_000_000;

/** @throws {SourceError} */
export function mergeSources(
  list: Pick<GeneratorList, 'priority' | 'sources'>,
  rowsFrom: (source: SourceConfig) => Iterable<FoundRow>,
): MergedList {
  const merged = new Map<string, string>();
  let characters = 0;
  const sources = list.sources.map((source): MergedSource => {
    const told: MergedSource = { name: source.name, rows: 0, joined: 0, bad: 0, named: [] };
    for (const found of reading(source, rowsFrom)) {
      const made = 'problem' in found ? found : rowOf(found.row, source);
      if ('problem' in made) {
        told.bad += 1;
        if (told.named.length < MOST_NAMED) told.named.push({ line: found.line, reason: made.problem });
        continue;
      }
      told.rows += 1;
      const before = merged.get(made.key);
      if (before !== undefined) told.joined += 1;
      const line = JSON.stringify(
        before === undefined ? made.row : together(JSON.parse(before), made.row, list.priority),
      );
      characters += line.length + 1 - (before === undefined ? 0 : before.length + 1);
      merged.set(made.key, line);
      if (characters > MOST_CHARACTERS || merged.size > MOST_PLATES)
        throw new SourceError(
          source.name,
          `with it the list has more than ${merged.size - 1} plates: divide the list`,
        );
    }
    refuseBad(source, told);
    return told;
  });
  return { lines: [...merged.values()].sort(), sources };
}

function* reading(source: SourceConfig, rowsFrom: (source: SourceConfig) => Iterable<FoundRow>) {
  try {
    yield* rowsFrom(source);
  } catch (error) {
    throw new SourceError(source.name, error instanceof Error ? error.message : String(error));
  }
}

function refuseBad({ name, mayBeEmpty }: SourceConfig, { rows, bad, named }: MergedSource): void {
  const first = named
    .slice(0, 5)
    .map(({ line, reason }) => `line ${line}: ${reason}`)
    .join('; ');
  if (bad > BAD_ALLOWED && bad > (rows + bad) * BAD_SHARE)
    throw new SourceError(name, `${bad} of ${rows + bad} rows cannot be taken (${first} …)`);
  if (rows === 0 && (bad > 0 || !mayBeEmpty))
    throw new SourceError(
      name,
      `it has no row that can be taken${first && ` (${first})`}; mayBeEmpty says that this is meant`,
    );
}

/** The row in the contract's words, and what makes it the same entry as another one. */
function rowOf(row: Row, source: SourceConfig): { key: string; row: WatchlistRow } | { problem: string } {
  const made = entryOf(row);
  if ('problem' in made) return made;
  if (made.action === 'remove')
    return { problem: 'action: a source is a whole list, nothing is removed from it' };
  const told: WatchlistRow = { plate: made.entry.plate };
  for (const field of FIELDS) {
    const text = row[field]?.trim();
    if (field !== 'plate' && field !== 'action' && text) told[field] = text;
  }
  told.priority ??= source.priority === undefined ? undefined : String(source.priority);
  told.reason ??= source.reason;
  told.instruction ??= source.instruction;
  told.source ??= source.name;
  const { plate, country, validity } = made.entry;
  const always = Object.values(validity).every((each) => each === null);
  // Most entries count always and anywhere: their short key spares memory.
  const key = always ? `${plate} ${country ?? ''}` : identityOf(made.entry);
  return { key, row: watchlistRow.parse(told) };
}

const TOLD_BY_ALL = ['reason', 'instruction', 'source', 'reference'] as const;

/** Two sources look for one plate: both reasons stand, and the more urgent priority counts. */
function together(one: WatchlistRow, other: WatchlistRow, listPriority: number): WatchlistRow {
  const row = { ...one };
  for (const field of TOLD_BY_ALL) {
    const said = [...new Set([one[field], other[field]].flatMap((each) => each?.split(BETWEEN) ?? []))];
    if (said.length > 0) row[field] = shortened(said.join(BETWEEN));
  }
  if (one.priority !== undefined || other.priority !== undefined)
    row.priority = String(
      Math.min(Number(one.priority ?? listPriority), Number(other.priority ?? listPriority)),
    );
  return row;
}

const BETWEEN = '; ';
const shortened = (text: string) => (text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`);
