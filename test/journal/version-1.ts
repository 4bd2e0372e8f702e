// A journal as an agent of version 1 left it: in clear, without pictures' rows, one read delivered and one not.

import Database from 'better-sqlite3';
import { checksumOf, UNSEALED } from '../../agent/journal/rows.ts';
import { newRead } from './records.ts';

export function writeVersion1(path: string): void {
  const old = new Database(path);
  old.exec(VERSION_1);
  const evidence = [{ kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 7, sha256: 'a'.repeat(64) }];
  for (const position of [2, 4]) {
    const read = newRead(position);
    const row = {
      ...UNSEALED,
      position,
      epochId: 'old',
      seq: position,
      id: read.id,
      type: 'read' as const,
      at: read.at,
      appendedAt: 1,
      camera: 'north',
      text: '1ABC234',
      confidence: 0.9,
      payload: JSON.stringify({ ...read.payload, evidence }),
    };
    old
      .prepare('INSERT INTO record VALUES (?, 1, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)')
      .run(
        ...[position, row.seq, row.id, row.type, row.at, row.camera, row.text, row.confidence, row.payload],
        checksumOf(row),
      );
    old
      .prepare(`INSERT INTO delivery VALUES (?, 'read', ?, NULL, NULL)`)
      .run(position, position === 2 ? 1 : 0);
  }
  old.close();
}

/** As an agent of version 1 made it. */
const VERSION_1 = `
  CREATE TABLE epoch (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, first_position INTEGER NOT NULL,
    started_at INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
  CREATE TABLE record (position INTEGER PRIMARY KEY, epoch INTEGER NOT NULL REFERENCES epoch (number),
    seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, at INTEGER NOT NULL,
    appended_at INTEGER NOT NULL, camera TEXT, text TEXT, confidence REAL, payload TEXT NOT NULL,
    checksum INTEGER NOT NULL) STRICT;
  CREATE INDEX read_by_time ON record (at) WHERE type = 'read';
  CREATE INDEX read_by_text ON record (text, at) WHERE type = 'read';
  CREATE TABLE delivery (position INTEGER PRIMARY KEY, type TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,
    at INTEGER, reason TEXT) STRICT;
  CREATE INDEX delivery_pending ON delivery (type, position) WHERE state = 0;
  CREATE INDEX delivery_dead ON delivery (position) WHERE state = 2;
  INSERT INTO epoch VALUES (1, 'old', 1, 0, 'new journal');
  PRAGMA application_id = 1095651410;
  PRAGMA user_version = 1;`;
