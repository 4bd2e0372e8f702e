// An export as lines of text: each record as the message it would have been, with its pictures in it.

import type { ExportFilter, ExportPage, PictureKind } from './types.ts';

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
 * Lines without line ends. The last one is `{"export": {records, pictures, unreadable, missing}}`: a file without it is not
 * whole; `missing`: pictures that a record names and that are no longer there.
 */
export async function* exportLines(
  source: ExportSource,
  { pictures: withPictures, ...range }: ExportOptions,
): AsyncGenerator<string, void> {
  const total = { records: 0, pictures: 0, unreadable: 0, missing: 0 };
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: ExportPage = await source.exportPage({ ...range, after });
    for (const { id, json, pictures } of page.records) {
      total.records++;
      const parts: string[] = [];
      for (const { kind, at, sha256 } of withPictures ? pictures : []) {
        const jpeg = await source.picture(id, kind, at);
        if (!jpeg) {
          total.missing++;
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
