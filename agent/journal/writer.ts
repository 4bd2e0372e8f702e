// The journal's writer. Whatever was asked while a commit was on its way to the disk goes into the next one together: a hundred
// cameras' worth of reads cost one fsync. Damage that a commit meets is its business too: the file is replaced and the commit
// made again.

import type { Address } from '../contract/index.ts';
import { type KeyRing, openRing } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { createAge } from './age.ts';
import { type MarkWriter, type Reached, startMark } from './mark.ts';
import { type Opened, replace } from './recovery.ts';
import { createRetention, type Retention } from './retention.ts';
import { createRoom, type Room } from './room.ts';
import { salvage } from './salvage.ts';
import type { Db } from './schema.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { isDamage, journalError } from './sqlite-errors.ts';
import { createStore, type Job, type Made, type Outcome, type Store } from './store.ts';
import type { ChainBroken, JournalBounds } from './types.ts';
import { createUpkeep } from './upkeep.ts';
import { createOperations } from './writer-operations.ts';

export interface WriterOptions {
  path: string;
  /** undefined: nothing goes by itself */
  bounds: JournalBounds | undefined;
  address: Address;
  /** seal with these; undefined: records are kept as they are */
  keys: KeyRing | undefined;
}

export interface WriterReady {
  epoch: string;
  lastPosition: number;
  /** the file is yet to be looked through: too large to wait for */
  unchecked: boolean;
  /** why the chain of records could not go on; null: it did */
  chainBroken: ChainBroken | null;
}

export type LogLevel = 'info' | 'warn' | 'error';

/** What the thread tells without being asked. */
export type WriterNews =
  | { kind: 'made'; made: Made }
  /** another file has taken the journal's place: whoever has the old one open lets go of it */
  | { kind: 'replaced' }
  | { kind: 'requeued' }
  | { kind: 'log'; level: LogLevel; fields: Record<string, unknown>; message: string };

/** More writes than this wait for the next commit, so that no commit takes long. */
const COMMIT_MAX_JOBS = 256;
/** A record that does not fit after so many steps does not fit. */
const MAX_STEPS_AT_ONCE = 8;

/** The open file and what works on it; another one after damage. */
export interface Running {
  db: Db;
  store: Store;
  mark: MarkWriter;
  retention: Retention;
  room: Room;
  shelf: Shelf | undefined;
  ageMs: () => number;
}

export function createWriter(
  { path, bounds, address, keys }: WriterOptions,
  first: Opened,
  tell: (news: WriterNews) => void,
) {
  const maxSizeBytes = bounds?.maxSizeBytes;
  let wanted = bounds?.pictures.wanted ?? [];
  let closed = false;
  let queue: { job: Job<unknown>; done(outcome: Outcome<unknown>): void }[] = [];
  let running: Running | undefined;
  let reached: Reached;

  function start(opened: Opened): Running {
    const { db, announce, lost, broken, replaced } = opened;
    const ageMs = createAge(opened.ageMs);
    const store = createStore(db, path, {
      address,
      ageMs,
      ring: keys && openRing(keys),
      wanted: () => wanted,
      // After the answers of the same commit: followers hear of records in their order.
      onMade: (made) => setImmediate(() => tell({ kind: 'made', made })),
    });
    const found = store.sequence.epoch.id;
    const [outcome] = store.commit<void>([
      (store) => {
        if (announce) store.announce(announce, announce.after);
        if (lost) store.tellLost(lost, null);
        if (broken && store.sequence.epoch.id === found) store.beginEpoch(broken);
      },
    ]);
    if (outcome && 'error' in outcome && (announce || broken)) throw outcome.error;
    reached = reachedBy(store, ageMs);
    const mark = startMark(path, reached);
    if (replaced) logReplaced(replaced);
    else if (broken) log('warn', { reason: broken }, 'the journal goes on in a new epoch');
    const shelf = bounds && createShelf(db, bounds.pictures.directory);
    running = {
      db,
      store,
      mark,
      ageMs,
      shelf,
      retention: createRetention(db, shelf, write, ageMs),
      room: createRoom(db, path, shelf, {
        maxSizeBytes: maxSizeBytes ?? null,
        maxPicturesBytes: bounds?.pictures.maxSizeBytes ?? null,
      }),
    };
    void saveWhatCanBeSaved(running);
    return running;
  }

  function reachedBy({ sequence }: Store, ageMs: () => number): Reached {
    const { id, number, firstPosition } = sequence.epoch;
    return {
      epoch: id,
      epochNumber: number,
      firstPosition,
      seq: sequence.lastSeqOf(sequence.epoch),
      position: sequence.lastPosition,
      ageMs: ageMs(),
    };
  }

  /** Sets the file aside and goes on with a new one. @throws when that cannot be done now: the next commit tries again */
  function recover(why: string): Running {
    const before = running;
    running = undefined;
    try {
      before?.db.close();
    } catch {
      // what is set aside may be in any state
    }
    try {
      before?.mark.abandon();
      const now = start(replace(path, maxSizeBytes, reached, why));
      tell({ kind: 'replaced' });
      return now;
    } catch (error) {
      throw journalError(error, path);
    }
  }

  /** Commits the jobs; those that met damage once more, in the file that took its place. */
  function commit(jobs: readonly Job<unknown>[]): Outcome<unknown>[] {
    const outcomes = (running ?? recover('it could not be replaced before')).store.commit(jobs);
    const damage = outcomes.find((outcome) => 'error' in outcome && isDamage(outcome.error));
    if (damage && 'error' in damage) {
      const { store } = recover(messageOf(damage.error));
      return outcomes.map((outcome, index) =>
        'error' in outcome && isDamage(outcome.error) ? store.commit([jobs[index]!])[0]! : outcome,
      );
    }
    return outcomes.map((outcome, index) => {
      const isFull = 'error' in outcome && outcome.error.code === 'journal.full';
      return isFull && bounds ? commitWithRoom(jobs[index]!, outcome) : outcome;
    });
  }

  /** Disk full, or the bound reached, in mid-flight: room is made step by step until the job fits. */
  function commitWithRoom(job: Job<unknown>, refusal: Outcome<unknown>): Outcome<unknown> {
    let outcome = refusal;
    for (let step = 0; running; step++) {
      // The room that was made for the job before may be enough for this one.
      outcome = running.store.commit([job])[0]!;
      if (!('error' in outcome) || outcome.error.code !== 'journal.full') return outcome;
      const made = step < MAX_STEPS_AT_ONCE && running.room.makeNow(running.store);
      if (!made) return outcome;
      log('warn', { step: made }, 'no space: room is made');
    }
    return outcome;
  }

  const upkeep = createUpkeep({ bounds, running: () => running, isClosed: () => closed, write, tell, log });

  function flush(): void {
    const batch = queue.slice(0, COMMIT_MAX_JOBS);
    queue = queue.slice(COMMIT_MAX_JOBS);
    if (queue.length > 0) setImmediate(flush);
    let outcomes: Outcome<unknown>[];
    try {
      if (closed) throw new AnprError('journal.closed', 'The journal is closed');
      outcomes = commit(batch.map(({ job }) => job));
      if (running) {
        reached = reachedBy(running.store, running.ageMs);
        running.mark.write(reached);
        upkeep.afterCommit();
      }
    } catch (error) {
      const failed = { error: journalError(error, path) };
      outcomes = batch.map(() => failed);
    }
    batch.forEach(({ done }, index) => {
      done(outcomes[index]!);
    });
  }

  /** setImmediate runs after all messages that have arrived by now: that is what makes the group. */
  function write<T>(job: Job<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({
        job,
        done: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)),
      });
    });
  }

  async function saveWhatCanBeSaved({ db, ageMs }: Running): Promise<void> {
    const isOver = () => closed || running?.db !== db;
    try {
      const files = db.prepare('SELECT file FROM salvage ORDER BY rowid').pluck().all() as string[];
      for (const file of files) {
        const done = await salvage(db, file, write, ageMs, isOver);
        if (!done) return;
        log(
          done.lost > 0 ? 'error' : 'warn',
          { file, ...done },
          'saved what could be read of the damaged journal',
        );
        tell({ kind: 'requeued' });
      }
    } catch (error) {
      if (!isOver()) log('error', { reason: messageOf(error) }, 'saving from the damaged journal stopped');
    }
  }

  function log(level: LogLevel, fields: Record<string, unknown>, message: string): void {
    tell({ kind: 'log', level, fields, message });
  }

  function logReplaced({ why, file }: NonNullable<Opened['replaced']>): void {
    // gone as a whole, or on a new box that took over an old one's place: nothing here is damaged
    if (file === undefined) log('warn', { reason: why }, 'the journal is not here: a new one begun');
    else log('error', { reason: why, file }, 'the journal is damaged: set aside, a new one begun');
  }

  const opened = start(first);
  const { sequence } = opened.store;
  return {
    ready: {
      epoch: sequence.epoch.id,
      lastPosition: sequence.lastPosition,
      unchecked: first.unchecked,
      chainBroken: opened.store.chainBroken,
    } satisfies WriterReady,
    operations: createOperations({
      path,
      running: () => running,
      last: () => running ?? opened,
      write,
      upkeep,
      want: (kinds) => {
        wanted = kinds;
      },
    }),
    close() {
      closed = true;
      upkeep.close();
      if (!running) return;
      const { db, mark, store, ageMs } = running;
      db.close();
      mark.close(reachedBy(store, ageMs));
    },
  };
}
