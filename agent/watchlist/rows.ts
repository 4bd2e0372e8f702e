// A source's file, or what was published of a list, row by row: CSV (RFC 4180) with a head, or JSON Lines. It is never in
// memory as a whole, and neither is a line without an end.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { AnprError, codeOf } from '../shared/errors.ts';
import { FIELDS, type Field, type Row } from './row-policy.ts';

export interface Columns {
  /** what the file calls each of ours */
  columns: Readonly<Record<Field, string>>;
  ignoreColumns: readonly string[];
  delimiter: string;
}

export type Format = 'csv' | 'jsonl';

/** Where rows come from. */
export interface Source {
  /** for people: the file, or the version */
  name: string;
  /** the text as UTF-8, in pieces of any size */
  chunks(): Iterable<Uint8Array>;
}

/** Published lists have our own names of the columns. */
export const OWN_COLUMNS: Columns = {
  columns: Object.fromEntries(FIELDS.map((field) => [field, field])) as Record<Field, string>,
  ignoreColumns: [],
  delimiter: ',',
};

export type FoundRow = { line: number } & ({ row: Row } | { problem: string });

const CHUNK_BYTES = 1 << 18;
/** far more than eleven fields of the longest kind */
const MAX_ROW = 64 * 1024;

/** @throws {AnprError} `watchlist.file`, `watchlist.unknown-column`, `watchlist.no-plates` */
export function* rowsOf(source: Source, format: Format, columns: Columns): Generator<FoundRow> {
  yield* format === 'csv' ? csvRows(source, columns) : jsonRows(source, columns);
}

/** @throws {AnprError} `watchlist.file`, when it is read */
export function fileSource(file: string): Source {
  return {
    name: file,
    *chunks() {
      const descriptor = opened(file);
      try {
        const buffer = Buffer.alloc(CHUNK_BYTES);
        for (;;) {
          const size = readSync(descriptor, buffer, 0, CHUNK_BYTES, null);
          if (size === 0) return;
          yield buffer.subarray(0, size);
        }
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function* csvRows(source: Source, columns: Columns): Generator<FoundRow> {
  let fields: (Field | null)[] | undefined;
  for (const { line, text, problem } of records(source)) {
    if (problem) {
      if (!fields) throw new AnprError('watchlist.file', `${source.name}, line ${line}: ${problem}`);
      yield { line, problem };
      continue;
    }
    if (text.trim() === '') continue;
    const values = split(text, columns.delimiter);
    if (!fields) {
      fields = headOf(values, columns, source.name);
      continue;
    }
    if (values.length !== fields.length)
      yield { line, problem: `wanted ${fields.length} fields, found ${values.length}` };
    else {
      const row: Row = {};
      fields.forEach((field, index) => {
        if (field) row[field] = values[index]!;
      });
      yield { line, row };
    }
  }
  if (!fields) throw noPlates(source.name, columns);
}

function headOf(names: readonly string[], columns: Columns, file: string): (Field | null)[] {
  const fields = names.map((name) => fieldOf(name.trim(), columns, `${file}, line 1`));
  if (!fields.includes('plate')) throw noPlates(file, columns);
  const twice = fields.find((field, index) => field !== null && fields.indexOf(field) !== index);
  if (twice)
    throw new AnprError(
      'watchlist.unknown-column',
      `${file} has the column "${columns.columns[twice]}" twice`,
    );
  return fields;
}

function fieldOf(name: string, { columns, ignoreColumns }: Columns, where: string): Field | null {
  const field = FIELDS.find((each) => columns[each] === name);
  if (field) return field;
  if (ignoreColumns.includes(name)) return null;
  throw new AnprError(
    'watchlist.unknown-column',
    `${where}: a column that the configuration does not know: "${name.slice(0, 60)}"`,
    "Name it in the list's columns, or in its ignoreColumns; the delimiter may be another one too.",
  );
}

function noPlates(file: string, { columns }: Columns): AnprError {
  return new AnprError(
    'watchlist.no-plates',
    `wanted a column "${columns.plate}" in ${file}, found none`,
    'Say in columns.plate of the list what the file calls it.',
  );
}

function* jsonRows(source: Source, columns: Columns): Generator<FoundRow> {
  for (const { line, text, problem } of lines(source)) {
    if (problem) {
      yield { line, problem };
      continue;
    }
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      yield { line, problem: 'wanted a JSON object, found no JSON' };
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      yield { line, problem: 'wanted a JSON object' };
      continue;
    }
    yield jsonRow(value, line, columns, source.name);
  }
}

function jsonRow(value: object, line: number, columns: Columns, file: string): FoundRow {
  const row: Row = {};
  for (const [name, each] of Object.entries(value)) {
    const field = fieldOf(name, columns, `${file}, line ${line}`);
    if (field === null || each === null) continue;
    const text = Array.isArray(each) ? each.join(',') : each;
    if (typeof text !== 'string' && typeof text !== 'number')
      return { line, problem: `${field}: wanted a text` };
    row[field] = String(text);
  }
  return { line, row };
}

interface Line {
  /** of its first character, from 1 */
  line: number;
  text: string;
  problem?: string;
}

/** more line breaks than this in one row, and a quote was forgotten */
const MAX_LINES = 100;

/** Lines, those within quotes joined. */
function* records(source: Source): Generator<Line> {
  let open: { line: number; parts: string[]; characters: number } | undefined;
  const unended = (line: number): Line => ({ line, text: '', problem: 'a quoted field without an end' });
  for (const next of lines(source)) {
    if (next.problem) {
      if (open) yield unended(open.line);
      open = undefined;
      yield next;
      continue;
    }
    const odd = hasOddQuotes(next.text);
    if (!open && !odd) yield next;
    else if (!open) open = { line: next.line, parts: [next.text], characters: next.text.length };
    else {
      open.parts.push(next.text);
      open.characters += next.text.length;
      if (odd) yield { line: open.line, text: open.parts.join('\n') };
      else if (open.characters > MAX_ROW || open.parts.length > MAX_LINES) yield unended(open.line);
      else continue;
      open = undefined;
    }
  }
  if (open) yield unended(open.line);
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

function split(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      if (quoted && text[at + 1] === '"') field += text[at++];
      else quoted = !quoted;
    } else if (character === delimiter && !quoted) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  return [...fields, field];
}

function* lines(source: Source): Generator<Line> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 1;
  let tooLong = false;
  for (const chunk of source.chunks()) {
    let text = rest + decoder.write(chunk);
    if (line === 1 && text.startsWith('\uFEFF')) text = text.slice(1);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      yield lineOf(text.slice(from, end), line++, tooLong);
      tooLong = false;
      from = end + 1;
    }
    rest = text.slice(from);
    if (rest.length > MAX_ROW) {
      rest = '';
      tooLong = true;
    }
  }
  rest += decoder.end();
  if (rest !== '' || tooLong) yield lineOf(rest, line, tooLong);
}

function lineOf(text: string, line: number, tooLong: boolean): Line {
  if (tooLong || text.length > MAX_ROW) return { line, text: '', problem: `more than ${MAX_ROW} characters` };
  return { line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
}

function opened(file: string): number {
  try {
    if (statSync(file).isDirectory()) throw new AnprError('watchlist.file', `${file} is a folder`);
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof AnprError) throw error;
    throw new AnprError('watchlist.file', `${file} cannot be read (${codeOf(error)})`);
  }
}
