// Finding reads by their plate where the plates lie under lock. The index holds what a search needs, some 50 bytes a
// read: it is walked newest first, texts are opened thousands at a time, and only what fits is read and opened whole.

import { type OpenRing, TEXT_BLOCK_BYTES, unlockTexts } from '../seal/index.ts';
import { plateMatcher } from '../shared/plate-pattern.ts';
import type { ReadFilter } from './questions.ts';
import type { Db } from './schema.ts';

/** Rows opened in one go. */
const PAGE_ROWS = 4096;

/** Positions of sealed reads whose plate may be like the pattern, newest first; the payload has the last word. */
export function* candidates(
  db: Db,
  ring: OpenRing,
  plate: string,
  filter: ReadFilter,
): Generator<number, void> {
  const { where, values } = conditionsOf({ ...filter, plate: undefined });
  // Page by page: fetched in one call a row costs half of what stepping over it costs.
  const select = db
    .prepare(
      `SELECT position, at, text_sealed FROM record
       WHERE ${where} AND text_sealed IS NOT NULL AND (at, position) < (?, ?)
       ORDER BY at DESC, position DESC LIMIT ${PAGE_ROWS}`,
    )
    .raw();
  const matches = plateMatcher(plate);
  const keys = ring.ids.map((id) => ring.get(id)!);
  let last: [at: number, position: number] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  for (;;) {
    const rows = select.all(...values, ...last) as [position: number, at: number, block: Buffer][];
    const blocks = Buffer.concat(rows.map(([, , block]) => block));
    const whole = blocks.length === rows.length * TEXT_BLOCK_BYTES;
    // Which key a row has is not in the index: under the others its text comes out as noise.
    const texts = whole ? keys.map((key) => unlockTexts(key, blocks)) : [];
    for (const [index, [position]] of rows.entries())
      if (texts.some((each) => each[index] === null || matches(each[index]!))) yield position;
    const [position, at] = rows.at(-1) ?? [0, 0];
    if (rows.length < PAGE_ROWS) return;
    last = [at, position];
  }
}

/** The WHERE of a search for reads and the values for its question marks, in order. `plate`: of rows in clear. */
export function conditionsOf(filter: { [K in keyof ReadFilter]: ReadFilter[K] | undefined }): {
  where: string;
  values: (string | number)[];
} {
  const terms = ["record.type = 'read'"];
  const values: (string | number)[] = [];
  const add = (term: string, value: string | number | undefined) => {
    if (value === undefined) return;
    terms.push(term);
    values.push(value);
  };
  const plate = filter.plate?.toUpperCase().replace(/[^A-Z0-9*?]/g, '');
  add(plate && /[*?]/.test(plate) ? 'record.text GLOB ?' : 'record.text = ?', plate);
  add('record.camera = ?', filter.camera);
  add('record.at >= ?', filter.from);
  add('record.at <= ?', filter.to);
  add('record.confidence >= ?', filter.minConfidence);
  // What is in clear beside a row is for finding it: whether a row is what the box wrote, its checksum and seal tell.
  if (filter.hits) terms.push('EXISTS (SELECT 1 FROM record AS hit WHERE hit.read_id = record.id)');
  return { where: terms.join(' AND '), values };
}
