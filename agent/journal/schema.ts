// The tables of the journal and their migrations. Opening is here too, because what a file is (ours, somebody
// else's, from a newer agent) must be known before the first byte of it is changed.
//
// `record` is append-only: a row once written is never rewritten, so its checksum and the chain over it stay true.
// What changes, the delivery, is a narrow table beside it: marking a hundred records touches one page.

import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AnprError } from '../shared/errors.ts';

export type Db = Database.Database;

/** "ANPR", in SQLite's header: this file is a journal of ours. */
const APPLICATION_ID = 0x414e5052;

/**
 * Entry n brings a journal of version n to version n + 1. Never change one that was released: add another, and only with a new
 * minor version, so that an older agent of the same one still takes the journal (a test holds both).
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE epoch (
    number         INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,
    first_position INTEGER NOT NULL,
    started_at     INTEGER NOT NULL,
    reason         TEXT    NOT NULL
  ) STRICT;

  CREATE TABLE record (
    position    INTEGER PRIMARY KEY,
    epoch       INTEGER NOT NULL REFERENCES epoch (number),
    seq         INTEGER NOT NULL,
    id          TEXT    NOT NULL UNIQUE,
    type        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    appended_at INTEGER NOT NULL,
    camera      TEXT,
    text        TEXT,
    confidence  REAL,
    payload     TEXT    NOT NULL,
    checksum    INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX read_by_time ON record (at) WHERE type = 'read';
  CREATE INDEX read_by_text ON record (text, at) WHERE type = 'read';

  -- state: 0 pending, 1 delivered, 2 dead letter
  CREATE TABLE delivery (
    position INTEGER PRIMARY KEY,
    type     TEXT    NOT NULL,
    state    INTEGER NOT NULL DEFAULT 0,
    at       INTEGER,
    reason   TEXT
  ) STRICT;
  CREATE INDEX delivery_pending ON delivery (type, position) WHERE state = 0;
  CREATE INDEX delivery_dead ON delivery (position) WHERE state = 2;
  `,
  `
  -- last_seq: of an epoch that has ended; gap: position of the gap record that told of its end; receipt: what the
  -- consumer said last. Epochs that only others know of have numbers below 1.
  ALTER TABLE epoch ADD COLUMN last_seq INTEGER;
  ALTER TABLE epoch ADD COLUMN gap INTEGER;
  ALTER TABLE epoch ADD COLUMN receipt_up_to INTEGER;
  ALTER TABLE epoch ADD COLUMN receipt_at INTEGER;

  -- state: 0 pending, 1 sent, 2 dead letter, 3 confirmed
  -- since: the journal's own age in milliseconds when the state began; gap: position of the gap record that covers it
  ALTER TABLE delivery ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE delivery ADD COLUMN gap INTEGER;
  CREATE INDEX delivery_sent ON delivery (position) WHERE state = 1;
  CREATE INDEX delivery_confirmed ON delivery (position) WHERE state = 3;

  -- Positions whose records are gone, as ranges; gap: position of the gap record that covers them, null when they had
  -- been delivered. Each position of an epoch is in record or in here.
  CREATE TABLE removed (
    first INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL,
    gap   INTEGER
  ) STRICT;
  INSERT INTO removed (first, last)
    SELECT first_position, (SELECT min(position) FROM record) - 1 FROM epoch
    WHERE number = 1 AND first_position < (SELECT min(position) FROM record);
  INSERT INTO removed (first, last)
    SELECT position + 1, next - 1
    FROM (SELECT position, lead(position) OVER (ORDER BY position) AS next FROM record)
    WHERE next > position + 1;

  -- Damaged files that are being read: what can be saved comes over from after_position on.
  CREATE TABLE salvage (
    file           TEXT    NOT NULL PRIMARY KEY,
    after_position INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- Pictures that are on the disk. state: 0 pending, 1 sent; changed_at: UTC epoch milliseconds
  CREATE TABLE picture (
    state      INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    since      INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER,
    PRIMARY KEY (state, position, kind)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO picture (state, position, kind, at, size_bytes, sha256)
    SELECT 0, position, value ->> 'kind', record.at, value ->> 'sizeBytes', value ->> 'sha256'
    FROM record, json_each(iif(json_valid(payload), payload, '{}'), '$.evidence') WHERE record.type = 'read';
  `,
  `
  -- The payload under lock (payload is empty then), the plate's text under lock, and the row's link of the chain. Hashes
  -- are of envelopes: docs/tamper-evidence.md.
  ALTER TABLE record ADD COLUMN sealed BLOB;
  ALTER TABLE record ADD COLUMN text_sealed BLOB;
  ALTER TABLE record ADD COLUMN payload_hash BLOB;
  ALTER TABLE record ADD COLUMN previous_hash BLOB;
  ALTER TABLE record ADD COLUMN key_id TEXT;
  ALTER TABLE record ADD COLUMN signature BLOB;
  DROP INDEX read_by_time;
  DROP INDEX read_by_text;
  -- All that a search needs, so that it reads some 50 bytes a record and opens only what it shows.
  CREATE INDEX read_search ON record (at, camera, confidence, text_sealed) WHERE type = 'read';
  CREATE INDEX read_by_text ON record (text, at) WHERE type = 'read' AND text IS NOT NULL;
  CREATE INDEX audit_by_time ON record (at) WHERE type = 'audit';
  CREATE INDEX record_in_clear ON record (position) WHERE key_id IS NULL AND sealed IS NULL;

  -- Keys by the epoch in which they were introduced; position: of the record that introduced them
  CREATE TABLE key (
    epoch      INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    public_key TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (epoch, id)
  ) STRICT, WITHOUT ROWID;

  -- The newest envelope of each epoch, and a code over it that only the box can make
  CREATE TABLE chain_head (
    epoch  INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    hash   BLOB    NOT NULL,
    key_id TEXT    NOT NULL,
    code   BLOB    NOT NULL
  ) STRICT;

  -- Ranges that retention has removed, signed; before, after: hash of the envelope before from_seq and of to_seq
  CREATE TABLE chain_removed (
    epoch     INTEGER NOT NULL,
    from_seq  INTEGER NOT NULL,
    to_seq    INTEGER NOT NULL,
    before    BLOB,
    after     BLOB,
    key_id    TEXT    NOT NULL,
    signature BLOB    NOT NULL,
    PRIMARY KEY (epoch, from_seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX chain_removed_by_end ON chain_removed (epoch, to_seq);
  `,
  `
  -- Of a hit: the read that it belongs to. In clear, so that reads with hits are found without opening a payload.
  ALTER TABLE record ADD COLUMN read_id TEXT;
  CREATE INDEX hit_by_read ON record (read_id) WHERE read_id IS NOT NULL;
  `,
  `
  CREATE INDEX hit_by_time ON record (at) WHERE type = 'hit';
  `,
  `
  -- Pictures that the centre asked for and that were not sent since, in the order of the asking.
  CREATE TABLE picture_request (
    number     INTEGER PRIMARY KEY,
    read_id    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    UNIQUE (read_id, kind)
  ) STRICT;
  `,
];

export const SCHEMA_VERSION = migrations.length;

/** Changes when what leads to this version does, but for white space. */
export function schemaHash(version: number): string {
  const sql = migrations.slice(0, version).map((text) => text.replace(/\s+/g, ' ').trim());
  return createHash('sha256').update(sql.join('\n')).digest('hex').slice(0, 16);
}

/** Opens the journal for its one writer: creates or migrates it, and makes sure that a commit means "on disk". */
export function openForWriting(path: string, maxSizeBytes?: number): Db {
  const db = new Database(path, { timeout: 5000 });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('journal_size_limit = 67108864');
    db.pragma('foreign_keys = ON');
    limitMemory(db);
    assertDurable(db, path);
    migrate(db);
    if (maxSizeBytes !== undefined) {
      const pageSizeBytes = Number(db.pragma('page_size', { simple: true }));
      db.pragma(`max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / pageSizeBytes))}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens the journal for queries beside the agent or without one; changes nothing. */
export function openForReading(path: string): Db {
  if (!existsSync(path))
    throw new AnprError(
      'journal.missing',
      `There is no journal at ${path}`,
      'Check journal.path in the configuration, or start the agent once: it makes the journal',
    );
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    assertOurs(db, path);
    limitMemory(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** better-sqlite3 lets each connection keep 16 MB of pages; three are open, and the system keeps them anyway. */
function limitMemory(db: Db): void {
  db.pragma(`cache_size = -${CACHE_KIB}`);
}

const CACHE_KIB = 2000;

/** The version of the journal at `path`; 0: an empty file. */
export function versionOf(path: string): number {
  const db = new Database(path, { readonly: true, timeout: 5000 });
  try {
    return Number(db.pragma('user_version', { simple: true }));
  } finally {
    db.close();
  }
}

/** A read-only look before anything else: a file that is not ours, or newer than us, is left exactly as it was. */
export function assertUsable(path: string): void {
  if (!existsSync(path)) return;
  const db = new Database(path, { readonly: true, timeout: 5000 });
  try {
    assertOurs(db, path, 'may be empty');
  } finally {
    db.close();
  }
}

function assertOurs(db: Db, path: string, empty?: 'may be empty'): void {
  const application = Number(db.pragma('application_id', { simple: true }));
  const version = Number(db.pragma('user_version', { simple: true }));
  if (application !== APPLICATION_ID) {
    const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
    if (empty && application === 0 && tables === 0) return;
    throw new AnprError(
      'journal.foreign',
      `${path} is not a journal of this agent (application id 0x${application.toString(16)})`,
      'Check journal.path in the configuration',
    );
  }
  if (version > SCHEMA_VERSION)
    throw new AnprError(
      'journal.newer-version',
      `The journal ${path} has version ${version}; this agent knows versions up to ${SCHEMA_VERSION}. It was left as it is`,
      'Install the newer agent again, or move the journal away: the agent then starts a new one',
    );
}

/** better-sqlite3 falls back to NORMAL on each open: never trust, always ask. */
function assertDurable(db: Db, path: string): void {
  const mode = db.pragma('journal_mode', { simple: true });
  const synchronous = db.pragma('synchronous', { simple: true });
  if (mode !== 'wal' || synchronous !== 2)
    throw new AnprError(
      'journal.unwritable',
      `The journal ${path} cannot promise that a commit is on disk: journal_mode ${mode}, synchronous ${synchronous}`,
      'Put the journal on a local disk',
    );
}

function migrate(db: Db): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version === SCHEMA_VERSION) return;
  db.transaction(() => {
    for (const sql of migrations.slice(version)) db.exec(sql);
    if (version === 0) insertEpoch(db, 1, 'new journal');
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

/** Begins an unbroken sequence. @param firstPosition above every position that was ever given out */
export function insertEpoch(db: Db, firstPosition: number, reason: string): void {
  db.prepare('INSERT INTO epoch (id, first_position, started_at, reason) VALUES (?, ?, ?, ?)').run(
    randomUUID(),
    firstPosition,
    Date.now(),
    reason,
  );
}
