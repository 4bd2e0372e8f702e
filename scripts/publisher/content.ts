// What a list says, as it is published: JSON Lines in the contract's own words, cut into parts that unpack by themselves, whole
// or as changes. Pure but for reading the source's file.

import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  MAX_PART_BYTES,
  MAX_PLAIN_BYTES,
  type WatchlistContent,
  type WatchlistRow,
  watchlistRow,
} from '../../agent/contract/index.ts';
import {
  type Columns,
  entryOf,
  FIELDS,
  type Format,
  fileSource,
  type Row,
  rowsOf,
} from '../../agent/watchlist/index.ts';

export interface Rows {
  /** one row each, as JSON, none twice */
  lines: string[];
  /** left out: line of the file and why, never with what stood there */
  bad: { line: number; reason: string }[];
}

/** V8's longest set has 2^24 */
const MOST_ROWS = 16_000_000;

/** @throws {AnprError} `watchlist.*` for a file that is none; for one with more rows than a list may have here */
export function readRows(file: string, format: Format, columns: Columns): Rows {
  const lines = new Set<string>();
  const bad: Rows['bad'] = [];
  for (const found of rowsOf(fileSource(file), format, columns)) {
    const made = 'problem' in found ? found : lineOf(found.row);
    if (typeof made !== 'string') bad.push({ line: found.line, reason: made.problem });
    else if (lines.has(made)) bad.push({ line: found.line, reason: 'the same row stood before' });
    else lines.add(made);
    if (lines.size > MOST_ROWS)
      throw new Error(`wanted at most ${MOST_ROWS} rows, found more: divide the list`);
  }
  return { lines: [...lines], bad };
}

function lineOf(row: Row): string | { problem: string } {
  const made = entryOf(row);
  if ('problem' in made) return made;
  const told: WatchlistRow = { plate: made.entry.plate };
  for (const field of FIELDS) {
    const text = row[field]?.trim();
    if (field !== 'plate' && field !== 'action' && text) told[field] = text;
  }
  return JSON.stringify(watchlistRow.parse(told));
}

const plateOf = (line: string): string => /"plate":"([^"]*)"/.exec(line)?.[1] ?? '';

/**
 * What has changed. A plate of which anything is another goes as a whole and comes back as it is now, so that rows without
 * a reference leave nothing in doubt. Undefined: that is more than half of the list, which the whole one says shorter.
 */
export function changesBetween(before: readonly string[], after: readonly string[]): string[] | undefined {
  const plates = new Set<string>();
  const old = new Set(before);
  for (const line of after) {
    if (old.has(line)) continue;
    plates.add(plateOf(line));
    if (plates.size * 2 > after.length) return undefined;
  }
  const now = new Set(after);
  for (const line of before) if (!now.has(line)) plates.add(plateOf(line));
  const gone = new Set(before.map(plateOf).filter((plate) => plates.has(plate)));
  return [
    ...[...gone].map((plate) => JSON.stringify({ action: 'remove', plate })),
    ...after.filter((line) => plates.has(plateOf(line))),
  ];
}

export interface Cut {
  content: WatchlistContent;
  parts: Buffer[];
}

/** As much as fits is tried first, then half of it, until the part is small enough. */
export function cut(
  lines: readonly string[],
  base: WatchlistContent['base'],
  maxPartBytes = MAX_PART_BYTES,
): Cut {
  const plain = plainOf(lines);
  const parts: Buffer[] = [];
  const told: WatchlistContent['parts'] = [];
  let tryBytes = Math.min(MAX_PLAIN_BYTES, maxPartBytes * 8);
  for (let at = 0; at < plain.byteLength; ) {
    const piece = plain.subarray(at, at + tryBytes);
    const part = gzipSync(piece, { level: 9 });
    if (part.byteLength > maxPartBytes) {
      tryBytes = Math.max(1024, Math.floor((tryBytes * maxPartBytes * 0.97) / part.byteLength));
      continue;
    }
    parts.push(part);
    told.push({ sizeBytes: part.byteLength, plainBytes: piece.byteLength, sha256: hashOf(part) });
    at += piece.byteLength;
  }
  return { content: { base, rows: lines.length, parts: told }, parts };
}

export const hashOf = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Of a whole list, as manifests name it. */
export const hashOfLines = (lines: readonly string[]): string => hashOf(plainOf(lines));

/** In pieces: one text of a large list is longer than V8 has them. */
function plainOf(lines: readonly string[]): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE)
    pieces.push(Buffer.from(`${lines.slice(at, at + LINES_AT_ONCE).join('\n')}\n`));
  return Buffer.concat(pieces);
}

const LINES_AT_ONCE = 10_000;

/** The lines of a whole list out of its parts, which end anywhere in a line. */
export function linesOf(parts: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const decoder = new StringDecoder();
  let begun = '';
  for (const part of parts) {
    const pieces = (begun + decoder.write(gunzipSync(part))).split('\n');
    begun = pieces.pop() ?? '';
    for (const line of pieces) lines.push(line);
  }
  return lines;
}
