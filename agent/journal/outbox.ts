// What waits to go out: records and pictures, oldest first. Synchronous, on a read-only connection; the agent asks in a
// thread of its own, so that neither a slow disk nor a long search holds up the uplink.

import type { OpenRing } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { createPayloadOpener } from './opening.ts';
import { createPageWriter, type Page } from './page.ts';
import { isIntact, RECORD_COLUMNS, type RecordRow, DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import {
  type PendingFilter,
  PICTURE_KINDS,
  type PictureFilter,
  type QueuedPicture,
  RECORD_TYPES,
} from './types.ts';

export interface Outbox {
  /** `damaged`: positions of rows that fail their checksum, `unreadable`: that no key opens; the writer buries both */
  pending(filter: PendingFilter): { page: Page; damaged: number[]; unreadable: number[] };
  pendingPictures(filter: PictureFilter): QueuedPicture[];
  /** Those that the centre asked for, the first first. */
  requestedPictures(limit: number): QueuedPicture[];
  picturesSentSince(at: number): number;
}

export function createOutbox(db: Db, ring: OpenRing | undefined): Outbox {
  const payloadOf = createPayloadOpener(ring);
  const selectPending = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM delivery
     JOIN record ON record.position = delivery.position JOIN epoch ON epoch.number = record.epoch
     WHERE delivery.state = ${STATE.pending} AND delivery.type = ?
       AND delivery.position > ? AND delivery.position <= ?
     ORDER BY delivery.position LIMIT ?`,
  );
  const selectPictures = db.prepare(
    `SELECT record.id AS readId, picture.kind, picture.at, picture.size_bytes AS sizeBytes, picture.sha256
     FROM picture JOIN delivery USING (position) JOIN record USING (position)
     WHERE picture.state = 0 AND picture.kind IN (?, ?) AND delivery.state IN (${STATE.sent}, ${STATE.confirmed})
     ORDER BY picture.position, picture.kind LIMIT ?`,
  );
  // From the hits, which are few, and not from the pictures, of which a hundred thousand may wait: by their index alone, and with
  // the joins in this order. Left to itself SQLite looks through all hits for each picture, 5 s with 10,800 of them.
  const selectPicturesOfHits = db.prepare(
    `WITH owner (position) AS (
       SELECT position FROM record INDEXED BY hit_by_read WHERE read_id IS NOT NULL
       UNION SELECT seen.position FROM record AS hit INDEXED BY hit_by_read
         CROSS JOIN record AS seen ON seen.id = hit.read_id WHERE hit.read_id IS NOT NULL),
     first AS (
       SELECT picture.* FROM owner CROSS JOIN picture ON picture.state = 0 AND picture.position = owner.position
       WHERE picture.kind IN (?, ?) ORDER BY picture.position, picture.kind DESC LIMIT ?)
     SELECT record.id AS readId, first.kind, first.at, first.size_bytes AS sizeBytes, first.sha256
     FROM first JOIN record USING (position) ORDER BY position, first.kind DESC`,
  );
  const selectRequested = db.prepare(
    `SELECT read_id AS readId, kind, at, size_bytes AS sizeBytes, sha256 FROM picture_request
     ORDER BY number LIMIT ?`,
  );
  const sentBytes = db
    .prepare('SELECT coalesce(sum(size_bytes), 0) FROM picture WHERE state = 1 AND changed_at >= ?')
    .pluck();

  return {
    pending({ after, upTo = Number.MAX_SAFE_INTEGER, limit, types = RECORD_TYPES }) {
      const rows = types
        .flatMap((type) => selectPending.all(type, after, upTo, limit) as RecordRow[])
        .sort((a, b) => a.position - b.position)
        .slice(0, limit);
      const writer = createPageWriter(payloadOf);
      const damaged: number[] = [];
      const unreadable: number[] = [];
      for (const row of rows)
        if (!isIntact(row)) damaged.push(row.position);
        else
          try {
            writer.add(row);
          } catch (error) {
            if (codeOf(error) === 'seal.key-lost') unreadable.push(row.position);
            else if (codeOf(error) === 'seal.broken') damaged.push(row.position);
            else throw error;
          }
      return { page: writer.page(), damaged, unreadable };
    },
    pendingPictures({ limit, kinds = PICTURE_KINDS, ofHits = false }) {
      const select = ofHits ? selectPicturesOfHits : selectPictures;
      return select.all(kinds[0] ?? '', kinds[1] ?? '', limit) as QueuedPicture[];
    },
    requestedPictures: (limit) => selectRequested.all(limit) as QueuedPicture[],
    picturesSentSince: (at) => sentBytes.get(at) as number,
  };
}
