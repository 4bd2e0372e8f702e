// The consumer's store: SQLite, one commit for many messages, durable when `commit` returns. A record is here once,
// whatever the broker delivers; what was seen on the way (twice, out of order, not valid) is counted in the same commit.

import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { Address, GapMessage, Range } from '../../agent/contract/index.ts';
import { withRange } from './sequence.ts';

/** What every record has, as far as the store needs it. */
export interface StoredRecord extends Address {
  id: string;
  type: string;
  epoch: string;
  seq: number;
  lane: string | undefined;
  connection: string | undefined;
  /** the message as it came */
  text: string;
  /** the broker has delivered it before, or tried to */
  again: boolean;
  gap: GapMessage['gap'] | undefined;
}

export interface StoredPicture extends Address {
  readId: string;
  sha256: string;
  jpeg: Buffer;
}

export type Arrival =
  | { kind: 'record'; record: StoredRecord }
  | { kind: 'picture'; picture: StoredPicture }
  | { kind: 'status'; address: Address; text: string }
  | { kind: 'invalid'; topic: string; reason: string };

export interface EpochState extends Address {
  epoch: string;
  answered: Range[];
  /** its last seq, once its successor has begun; undefined: it goes on, or nobody knows */
  end: number | undefined;
}

/** The last seq of a lane of one connection. */
interface Lane {
  connection: string;
  lane: string;
  epoch: string;
  seq: number;
}

interface EpochRow extends Address {
  epoch: string;
  answered: string;
  last_seq: number | null;
}

export interface Counts {
  duplicates: number;
  outOfOrder: number;
  /** delivered again by the broker, the first time for us, after later ones of its lane: the box had sent them in order */
  late: number;
  /** a record with the epoch and seq of another one: the box's journal was set back */
  conflicts: number;
  invalid: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS record (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, box TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    type TEXT NOT NULL, lane TEXT, received_at INTEGER NOT NULL, message TEXT NOT NULL,
    UNIQUE (site, box, epoch, seq)) STRICT;
  CREATE TABLE IF NOT EXISTS epoch (
    site TEXT NOT NULL, box TEXT NOT NULL, epoch TEXT NOT NULL, answered TEXT NOT NULL, last_seq INTEGER,
    PRIMARY KEY (site, box, epoch)) STRICT;
  CREATE TABLE IF NOT EXISTS lane (
    connection TEXT NOT NULL, lane TEXT NOT NULL, last_seq INTEGER NOT NULL, epoch TEXT NOT NULL,
    PRIMARY KEY (connection, lane)) STRICT;
  CREATE TABLE IF NOT EXISTS picture (
    sha256 TEXT NOT NULL, read_id TEXT NOT NULL, jpeg BLOB NOT NULL, PRIMARY KEY (read_id, sha256)) STRICT;
  CREATE TABLE IF NOT EXISTS status (site TEXT NOT NULL, box TEXT NOT NULL, message TEXT NOT NULL,
    PRIMARY KEY (site, box)) STRICT;
  CREATE TABLE IF NOT EXISTS count (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS invalid (topic TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
`;

const PAGE_BYTES = 16_384;
/** Lanes that are kept in memory; the database has them all. */
const MAX_LANES = 10_000;

export type Store = ReturnType<typeof openStore>;

export function openStore(path: string, readonly = false) {
  const db = new Database(path, { readonly, timeout: 5000 });
  if (!readonly) {
    // Of a file that is begun. A message takes a third of a page of the usual size, and each page is written twice.
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(SCHEMA);
  }
  const insertRecord = db.prepare(
    `INSERT INTO record (id, site, box, epoch, seq, type, lane, received_at, message)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const isKnown = db.prepare('SELECT 1 FROM record WHERE id = ?').pluck();
  const insertPicture = db.prepare(
    'INSERT INTO picture (sha256, read_id, jpeg) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const putStatus = db.prepare(
    'INSERT INTO status VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET message = excluded.message',
  );
  const putEpoch = db.prepare(
    `INSERT INTO epoch VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET answered = excluded.answered, last_seq = excluded.last_seq`,
  );
  const lastOfLane = db
    .prepare('SELECT last_seq FROM lane WHERE connection = ? AND lane = ? AND epoch = ?')
    .pluck();
  const putLane = db.prepare(
    `INSERT INTO lane VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch`,
  );
  const countUp = db.prepare('INSERT INTO count VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1');
  const insertInvalid = db.prepare('INSERT INTO invalid VALUES (?, ?, ?)');

  const lanes = new Map<string, Lane>();
  const epochs = new Map<string, EpochState>();
  const rows = db.prepare('SELECT site, box, epoch, answered, last_seq FROM epoch').all() as EpochRow[];
  for (const { site, box, epoch, answered, last_seq } of rows)
    epochs.set(keyOf({ site, box }, epoch), {
      site,
      box,
      epoch,
      answered: JSON.parse(answered),
      end: last_seq ?? undefined,
    });

  function epochOf(address: Address, epoch: string): EpochState {
    const key = keyOf(address, epoch);
    const known = epochs.get(key) ?? {
      site: address.site,
      box: address.box,
      epoch,
      answered: [],
      end: undefined,
    };
    epochs.set(key, known);
    return known;
  }

  function laneOf({ connection, lane, epoch }: StoredRecord): Lane | undefined {
    if (lane === undefined || connection === undefined) return undefined;
    const key = `${connection} ${lane} ${epoch}`;
    let known = lanes.get(key);
    if (!known) {
      known = { connection, lane, epoch, seq: (lastOfLane.get(connection, lane, epoch) ?? 0) as number };
      lanes.set(key, known);
    }
    return known;
  }

  /** What has changed is added to `epochs` and `lanes`. */
  function keepRecord(
    record: StoredRecord,
    receivedAt: number,
    epochs: Set<EpochState>,
    lanes: Set<Lane>,
  ): void {
    const { id, site, box, epoch, seq, type, text, gap } = record;
    const { changes } = insertRecord.run(
      id,
      site,
      box,
      epoch,
      seq,
      type,
      record.lane ?? null,
      receivedAt,
      text,
    );
    if (changes === 0 && isKnown.get(id)) {
      countUp.run('duplicates');
      return;
    }
    // Order is promised within a lane of one connection.
    const lane = laneOf(record);
    if (lane && seq <= lane.seq) countUp.run(record.again ? 'late' : 'outOfOrder');
    else if (lane) {
      lane.seq = seq;
      lanes.add(lane);
    }
    if (changes === 0) {
      countUp.run('conflicts');
      return;
    }
    const own = epochOf(record, epoch);
    own.answered = withRange(own.answered, seq, seq);
    epochs.add(own);
    if (gap?.what !== 'records' || gap.epoch === null) return;
    const other = epochOf(record, gap.epoch);
    if (gap.from !== null && gap.to !== null) other.answered = withRange(other.answered, gap.from, gap.to);
    if (gap.reason === 'new-epoch' && gap.from !== null) other.end = gap.from - 1;
    epochs.add(other);
  }

  const keep = db.transaction((arrivals: readonly Arrival[]): Set<EpochState> => {
    const touched = new Set<EpochState>();
    const touchedLanes = new Set<Lane>();
    const now = Date.now();
    for (const arrival of arrivals)
      if (arrival.kind === 'record') keepRecord(arrival.record, now, touched, touchedLanes);
      else if (arrival.kind === 'status')
        putStatus.run(arrival.address.site, arrival.address.box, arrival.text);
      else if (arrival.kind === 'picture')
        insertPicture.run(arrival.picture.sha256, arrival.picture.readId, arrival.picture.jpeg);
      else {
        countUp.run('invalid');
        insertInvalid.run(arrival.topic, arrival.reason, now);
      }
    for (const { connection, lane, seq, epoch } of touchedLanes) putLane.run(connection, lane, seq, epoch);
    if (lanes.size > MAX_LANES) lanes.clear();
    for (const { site, box, epoch, answered, end } of touched)
      putEpoch.run(site, box, epoch, JSON.stringify(answered), end ?? null);
    return touched;
  });

  return {
    /** Durable when it returns. The epochs in which something has come. */
    commit: (arrivals: readonly Arrival[]): EpochState[] => [...keep.immediate(arrivals)],
    epochs: (): EpochState[] => [...epochs.values()],
    epochOf,
    counts(): Counts {
      const all = db.prepare('SELECT name, value FROM count').all() as {
        name: keyof Counts;
        value: number;
      }[];
      const none: Counts = { duplicates: 0, outOfOrder: 0, late: 0, conflicts: 0, invalid: 0 };
      return { ...none, ...Object.fromEntries(all.map(({ name, value }) => [name, value])) };
    },
    invalid: () =>
      db.prepare('SELECT topic, reason FROM invalid LIMIT 100').all() as { topic: string; reason: string }[],
    types: ({ site, box }: Address, epoch: string) =>
      Object.fromEntries(
        db
          .prepare('SELECT type, count(*) FROM record WHERE site = ? AND box = ? AND epoch = ? GROUP BY type')
          .raw()
          .all(site, box, epoch) as [string, number][],
      ),
    gaps: ({ site, box }: Address) =>
      (
        db
          .prepare(`SELECT message FROM record WHERE site = ? AND box = ? AND type = 'gap' ORDER BY rowid`)
          .pluck()
          .all(site, box) as string[]
      ).map((text): GapMessage['gap'] => JSON.parse(text).gap),
    messages: ({ site, box }: Address) =>
      db
        .prepare('SELECT message FROM record WHERE site = ? AND box = ? ORDER BY received_at, seq')
        .pluck()
        .iterate(site, box) as IterableIterator<string>,
    status: ({ site, box }: Address) =>
      db.prepare('SELECT message FROM status WHERE site = ? AND box = ?').pluck().get(site, box) as
        | string
        | undefined,
    pictures: () => db.prepare('SELECT count(*) FROM picture').pluck().get() as number,
    close: () => db.close(),
  };
}

const keyOf = ({ site, box }: Address, epoch: string) => `${site}/${box}/${epoch}`;

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
