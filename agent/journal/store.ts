// The writer's side of the journal, synchronous: it runs in the journal's own thread. A list of jobs is one commit;
// when that fails each job is tried alone, so that one record that cannot be kept never takes others with it.

import type { Address } from '../contract/index.ts';
import { AnprError } from '../shared/errors.ts';
import { type Coverage, createCoverage, type RemovedPicture } from './coverage.ts';
import { createDeliveries, type Deliveries, type Positions, type RequeueOptions } from './deliveries.ts';
import type { Db } from './schema.ts';
import { type Appended, createSequence, type EncodedRecord, type Epoch, type Sequence } from './sequence.ts';
import { journalError } from './sqlite-errors.ts';
import type { GapReason, NewRecord } from './types.ts';

/** What runs inside a commit. */
export type Job<T> = () => T;
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
  /** Where seqs of an epoch stand, cut to what it has given out; `beyond`: there was more. */
  positionsOf(epoch: Epoch, from: number, to: number): Positions & { beyond: boolean };
  /** An epoch that this journal does not know is wanted: a gap record says that none of it will come. */
  disown(epoch: string, options: RequeueOptions): number;
  noteReceipt(epoch: Epoch, upTo: number): void;
}

/** Unknown epochs that a consumer may ask for: more is a defect of it, and no reason to fill the disk. */
const MAX_UNKNOWN_EPOCHS = 100;

export function createStore(
  db: Db,
  path: string,
  { address, ageMs, onMade }: { address: Address; ageMs: () => number; onMade: (made: Made) => void },
): Store {
  const sequence = createSequence(db, ageMs);
  let made: Made[] = [];
  const coverage: Coverage = createCoverage(db, sequence, address, (record, appended) =>
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

  const run = db.transaction((jobs: readonly Job<unknown>[]) => jobs.map((job) => job()));

  function commit<T>(jobs: readonly Job<T>[]): Outcome<T>[] {
    try {
      const values = run.immediate(jobs) as T[];
      sequence.settle();
      const done = made;
      made = [];
      for (const each of done) onMade(each);
      return values.map((value) => ({ value }));
    } catch (error) {
      sequence.restore();
      made = [];
      if (jobs.length > 1) return jobs.flatMap((job) => commit([job]));
      return [{ error: journalError(error, path) }];
    }
  }

  return {
    sequence,
    commit,
    append: sequence.append,
    deliveries,
    remove: coverage.remove,
    beginEpoch(reason) {
      const ended = sequence.epoch;
      const last = sequence.lastSeqOf(ended);
      sequence.begin(reason);
      const gap = coverage.tell({
        what: 'records',
        epoch: ended.id,
        from: last + 1,
        to: null,
        count: null,
        reason: 'new-epoch',
      });
      setEpochGap.run(gap, ended.number);
    },
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
}
