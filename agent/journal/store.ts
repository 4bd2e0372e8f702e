// The writer's side of the journal, synchronous: it runs in the journal's own thread. A list of jobs is one commit;
// when that fails each job is tried alone, so that one record that cannot be kept never takes others with it.

import type { Address } from '../contract/index.ts';
import type { OpenRing } from '../seal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { type Coverage, createCoverage, type RemovedPicture } from './coverage.ts';
import { createDeliveries, type Deliveries, type Positions, type RequeueOptions } from './deliveries.ts';
import { encoded, keyRecordOf } from './key-record.ts';
import type { Db } from './schema.ts';
import { createOlderSealer, type OlderSealer } from './seal-older.ts';
import { createSealing } from './sealing.ts';
import { type Appended, createSequence, type EncodedRecord, type Epoch, type Sequence } from './sequence.ts';
import { journalError } from './sqlite-errors.ts';
import type { ChainBroken, GapReason, NewRecord, PictureKind } from './types.ts';

/** What runs inside a commit, on the store there is by then: damage found while running replaces it. */
export type Job<T> = (store: Store) => T;
export type Outcome<T> = { value: T } | { error: AnprError };

/** A record that the journal itself has appended: a gap record. */
export interface Made {
  record: NewRecord;
  appended: Appended;
}

export interface Store {
  readonly sequence: Pick<Sequence, 'epoch' | 'lastPosition' | 'epochOf' | 'lastSeqOf'>;
  /** Runs the jobs in one commit, in order. */
  commit<T>(jobs: readonly Job<T>[]): Outcome<T>[];
  // The jobs: only inside `commit`.
  append(record: EncodedRecord): Appended;
  readonly deliveries: Deliveries;
  remove(positions: readonly number[], reason: GapReason | null): RemovedPicture[];
  /** Ends the running epoch; the new one's first record says so. */
  beginEpoch(reason: string): void;
  /** The first record of an epoch: says of the one before that it goes on no more. @param after its last known seq */
  announce(ended: { id: string | null; number: number }, after: number): void;
  /** Seqs that are lost for good. @param count null: not known how many of them, because some had been removed before */
  tellLost(range: Positions, count: 'all' | null): void;
  tellPictures: Coverage['tellPictures'];
  removedIn: Coverage['removedIn'];
  note: Coverage['note'];
  /** Where seqs of an epoch stand, cut to what it has given out; `beyond`: there was more. */
  positionsOf(epoch: Epoch, from: number, to: number): Positions & { beyond: boolean };
  /** An epoch that this journal does not know is wanted: a gap record says that none of it will come. */
  disown(epoch: string, options: RequeueOptions): number;
  noteReceipt(epoch: Epoch, upTo: number): void;
  /** Content from before the box had keys; `finish` is no job. */
  readonly older: OlderSealer;
  /** why the chain could not go on as it was found; null: it went on */
  readonly chainBroken: ChainBroken | null;
}

/** Unknown epochs that a consumer may ask for: more is a defect of it, and no reason to fill the disk. */
const MAX_UNKNOWN_EPOCHS = 100;

export function createStore(
  db: Db,
  path: string,
  {
    address,
    ageMs,
    ring,
    wanted,
    onMade,
  }: {
    address: Address;
    ageMs: () => number;
    ring: OpenRing | undefined;
    /** kinds that are to be sent, as it stands */
    wanted: () => readonly PictureKind[];
    onMade: (made: Made) => void;
  },
): Store {
  const sealing = createSealing(db, ring);
  const sequence = createSequence(db, ageMs, sealing);
  let made: Made[] = [];
  const coverage: Coverage = createCoverage(db, sequence, sealing, address, wanted, (record, appended) =>
    made.push({ record, appended }),
  );
  const deliveries = createDeliveries(db, path, coverage, ageMs);
  const setReceipt = db.prepare('UPDATE epoch SET receipt_up_to = ?, receipt_at = ? WHERE number = ?');
  const setEpochGap = db.prepare('UPDATE epoch SET gap = ? WHERE number = ?');
  const epochGap = db.prepare('SELECT gap FROM epoch WHERE number = ?').pluck();
  const insertUnknown = db.prepare(
    `INSERT INTO epoch (number, id, first_position, started_at, reason, last_seq)
     VALUES ((SELECT min(0, min(number)) - 1 FROM epoch), ?, 0, ?, 'known to the centre only', 0)`,
  );
  const countUnknown = db.prepare('SELECT count(*) FROM epoch WHERE number < 1').pluck();

  let continued = false;
  const run = db.transaction((jobs: readonly Job<unknown>[]) => {
    if (!continued) continueChain();
    const values = jobs.map((job) => job(store));
    sealing.beforeCommit();
    return values;
  });

  /** Before the first write: a new epoch where the chain cannot go on as it was found, and the key where it is new. */
  function continueChain(): void {
    if (sealing.broken === undefined) introduceKey();
    else store.beginEpoch(sealing.broken.reason);
  }

  /** The key that signs from here on, introduced by the one before where there is one. */
  function introduceKey(): void {
    const key = sealing.missingKey(sequence.epoch.number);
    if (!key) return;
    sealing.introduce(sequence.epoch.number, sequence.lastPosition + 1);
    const record = keyRecordOf(key, address);
    made.push({ record, appended: sequence.append(encoded(record)) });
  }

  function commit<T>(jobs: readonly Job<T>[]): Outcome<T>[] {
    try {
      const values = run.immediate(jobs) as T[];
      sequence.settle();
      sealing.settle();
      continued = true;
      const done = made;
      made = [];
      for (const each of done) onMade(each);
      return values.map((value) => ({ value }));
    } catch (error) {
      sequence.restore();
      sealing.restore();
      made = [];
      if (jobs.length > 1) return jobs.flatMap((job) => commit([job]));
      return [{ error: journalError(error, path) }];
    }
  }

  const store: Store = {
    older: createOlderSealer(db, ring),
    chainBroken: sealing.broken ?? null,
    sequence,
    commit,
    append: sequence.append,
    deliveries,
    remove: coverage.remove,
    beginEpoch(reason) {
      const ended = sequence.epoch;
      const last = sequence.lastSeqOf(ended);
      sequence.begin(reason);
      store.announce(ended, last);
    },
    announce({ id, number }, after) {
      const gap = coverage.tell({
        what: 'records',
        epoch: id,
        from: id === null ? null : after + 1,
        to: null,
        count: null,
        reason: 'new-epoch',
      });
      setEpochGap.run(gap, number);
      introduceKey();
    },
    tellLost({ first, last }, count) {
      const gap = coverage.tellRange(first, last, 'damaged', count);
      coverage.note({ first, last, gap });
    },
    tellPictures: coverage.tellPictures,
    removedIn: coverage.removedIn,
    note: coverage.note,
    positionsOf(epoch, from, to) {
      const lastSeq = sequence.lastSeqOf(epoch);
      return {
        first: epoch.firstPosition + Math.max(1, from) - 1,
        last: epoch.firstPosition + Math.min(lastSeq, to) - 1,
        beyond: to > lastSeq,
      };
    },
    disown(id, options) {
      const known = sequence.epochOf(id);
      const gap = known && (epochGap.get(known.number) as number | null);
      if (typeof gap === 'number') return deliveries.requeueGap(gap, options);
      if (!known && (countUnknown.get() as number) >= MAX_UNKNOWN_EPOCHS)
        throw new AnprError(
          'journal.unknown-epoch',
          `The epoch ${id} is not of this journal, and so many others were asked for already`,
        );
      if (!known) insertUnknown.run(id, Date.now());
      const position = coverage.tell({
        what: 'records',
        epoch: id,
        from: 1,
        to: null,
        count: null,
        reason: 'damaged',
      });
      setEpochGap.run(position, sequence.epochOf(id)!.number);
      return 0;
    },
    noteReceipt(epoch, upTo) {
      setReceipt.run(upTo, Date.now(), epoch.number);
    },
  };
  return store;
}
