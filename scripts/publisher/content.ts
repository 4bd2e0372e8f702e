// What a list says, as it is published: JSON Lines in the contract's own words, cut into parts that unpack by themselves, whole
// or as changes. Pure but for reading the source's file.

import { createHash } from 'node:crypto';
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

/** @throws {AnprError} `watchlist.*` for a file that is none */
export function readRows(file: string, format: Format, columns: Columns): Rows {
  const lines = new Set<string>();
  const bad: Rows['bad'] = [];
  for (const found of rowsOf(fileSource(file), format, columns)) {
    const made = 'problem' in found ? found : lineOf(found.row);
    if (typeof made !== 'string') bad.push({ line: found.line, reason: made.problem });
    else if (lines.has(made)) bad.push({ line: found.line, reason: 'the same row stood before' });
    else lines.add(made);
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
 * a reference leave nothing in doubt.
 */
export function changesBetween(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  const plates = new Set<string>();
  for (const line of before) if (!now.has(line)) plates.add(plateOf(line));
  for (const line of after) if (!old.has(line)) plates.add(plateOf(line));
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
  const plain = Buffer.from(lines.map((line) => `${line}\n`).join(''));
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

/** The lines of a whole list out of its parts. */
export function linesOf(parts: readonly Buffer[]): string[] {
  const text = Buffer.concat(parts.map((part) => gunzipSync(part))).toString();
  return text === '' ? [] : text.trimEnd().split('\n');
}
