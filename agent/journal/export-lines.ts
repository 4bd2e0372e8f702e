// An export as lines of text: each record as the message it would have been, with its pictures in it.

import { createHash } from 'node:crypto';
import { codeOf } from '../shared/errors.ts';
import type { ExportFilter, ExportPage } from './questions.ts';
import type { PictureItem, PictureKind } from './types.ts';

export interface ExportSource {
  exportPage(filter: ExportFilter): Promise<ExportPage>;
  /** JPEG; undefined: no longer there */
  picture(readId: string, kind: PictureKind, at: number): Promise<Uint8Array | undefined>;
}

export interface ExportOptions {
  /** UTC epoch milliseconds of what the records tell of, inclusive */
  from?: number;
  to?: number;
  pictures: boolean;
}

/**
 * Lines without line ends. The last one is `{"export": {records, pictures, unreadable, missing, changed}}`: a file without it
 * is not whole; `missing`: pictures that a record names and that are no longer there; `changed`: those that are not what the
 * record's hash says, or do not open: they are left out.
 */
export async function* exportLines(
  source: ExportSource,
  { pictures: withPictures, ...range }: ExportOptions,
): AsyncGenerator<string, void> {
  const total = { records: 0, pictures: 0, unreadable: 0, missing: 0, changed: 0 };
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: ExportPage = await source.exportPage({ ...range, after });
    for (const { id, json, pictures } of page.records) {
      total.records++;
      const parts: string[] = [];
      for (const { kind, at, sha256 } of withPictures ? pictures : []) {
        const jpeg = await pictureOf(source, id, { kind, at, sha256 });
        if (typeof jpeg === 'string') {
          total[jpeg]++;
          continue;
        }
        total.pictures++;
        parts.push(JSON.stringify({ kind, sha256, jpeg: Buffer.from(jpeg).toString('base64') }));
      }
      yield parts.length > 0 ? `${json.slice(0, -1)},"pictures":[${parts.join(',')}]}` : json;
    }
    total.unreadable += page.unreadable;
    after = page.next;
  }
  yield JSON.stringify({ export: total });
}

/** The picture, as it was when its read was made; else what is wrong with it. */
async function pictureOf(
  source: ExportSource,
  readId: string,
  { kind, at, sha256 }: Pick<PictureItem, 'kind' | 'at' | 'sha256'>,
): Promise<Uint8Array | 'missing' | 'changed'> {
  try {
    const jpeg = await source.picture(readId, kind, at);
    if (!jpeg) return 'missing';
    return createHash('sha256').update(jpeg).digest('hex') === sha256 ? jpeg : 'changed';
  } catch (error) {
    if (codeOf(error).startsWith('seal.')) return 'changed';
    throw error;
  }
}
