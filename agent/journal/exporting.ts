// The records as they go over the wire, for a file that somebody carries: a page at a time, by place.

import type { OpenRing } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { createPayloadOpener } from './opening.ts';
import type { ExportFilter, ExportPage } from './questions.ts';
import { isIntact, jsonOf, RECORD_COLUMNS, type RecordRow } from './rows.ts';
import type { Db } from './schema.ts';
import type { PictureItem } from './types.ts';

const PAGE_RECORDS = 100;

export type Exporting = (filter: ExportFilter) => ExportPage;

export function createExporting(db: Db, ring: OpenRing | undefined): Exporting {
  const payloadOf = createPayloadOpener(ring);
  const select = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM record JOIN epoch ON epoch.number = record.epoch
     WHERE record.position > ? AND record.at BETWEEN ? AND ? ORDER BY record.position LIMIT ${PAGE_RECORDS}`,
  );
  const pictures = db.prepare(
    `SELECT kind, at, size_bytes AS sizeBytes, sha256 FROM picture WHERE state IN (0, 1) AND position = ? ORDER BY kind`,
  );
  return ({ after, from = 0, to = Number.MAX_SAFE_INTEGER }) => {
    const rows = select.all(after, from, to) as RecordRow[];
    const page: ExportPage = { records: [], unreadable: 0, next: rows.at(-1)?.position };
    for (const row of rows)
      try {
        if (!isIntact(row)) page.unreadable++;
        else
          page.records.push({
            id: row.id,
            json: jsonOf(row, payloadOf(row).toString()),
            pictures: pictures.all(row.position) as PictureItem[],
          });
      } catch (error) {
        if (!codeOf(error).startsWith('seal.')) throw error;
        page.unreadable++;
      }
    return page;
  };
}
