// Makes room when the bounds are reached, the disk runs low or a commit was refused: measures, asks the policy for the next
// step, takes it, measures again. Whatever goes undelivered is told in a gap record in the same commit.

import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { excessBytes, type Holdings, nextStep, type Step, type Usage } from './room-policy.ts';
import { DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import type { Shelf } from './shelf.ts';
import type { Job, Store } from './store.ts';
import type { GapReason, RecordType } from './types.ts';

export interface RoomOptions {
  maxSizeBytes: number | null;
  maxPicturesBytes: number | null;
}

/** What went, by step. */
export type Removed = Partial<Record<Step, number>>;

export interface Room {
  /** Makes room as far as it is needed, with appends between the steps. */
  make(write: <T>(job: Job<T>) => Promise<T>): Promise<Removed>;
  /** A commit was refused: takes one step at once. False: nothing is left that may go. */
  makeNow(store: Store): Step | false;
  /** Whether the records are so near to their bound that `make` should run. Cheap. */
  isTight(): boolean;
  /** False: there is none. */
  releaseReserve(): boolean;
}

const STEP_ROWS = 500;
/** A refused commit gets at least so much. */
const LEAST_ROWS = 20;
const LEAST_PICTURE_BYTES = 500e3;
/** Kept free for the moment in which a full disk lets nothing be written: removing rows needs a little space first. */
const RESERVE_BYTES = 4e6;
const RESERVE_SHARE = 0.01;
const TIGHT_SHARE = 0.97;

export function createRoom(
  db: Db,
  path: string,
  shelf: Shelf | undefined,
  { maxSizeBytes, maxPicturesBytes }: RoomOptions,
): Room {
  const folder = dirname(path);
  const reserve = `${path}.reserve`;
  const pageCount = db.prepare('PRAGMA page_count').pluck();
  const freePages = db.prepare('PRAGMA freelist_count').pluck();
  const pageSizeBytes = Number(db.pragma('page_size', { simple: true }));
  const receiptSeen = db.prepare('SELECT 1 FROM epoch WHERE receipt_at IS NOT NULL LIMIT 1').pluck();
  const beingSaved = db.prepare('SELECT 1 FROM salvage WHERE file = ?').pluck();
  const inState = (state: number) =>
    db
      .prepare(`SELECT position FROM delivery WHERE state = ${state} ORDER BY position LIMIT ${STEP_ROWS}`)
      .pluck();
  const confirmed = inState(STATE.confirmed);
  const sent = inState(STATE.sent);
  const pending = db
    .prepare(
      `SELECT position FROM delivery WHERE state = ${STATE.pending} AND type = ? ORDER BY position LIMIT ${STEP_ROWS}`,
    )
    .pluck();
  const dead = db
    .prepare(
      `SELECT position FROM delivery WHERE state = ${STATE.dead} AND type = ? ORDER BY position LIMIT ${STEP_ROWS}`,
    )
    .pluck();

  const span = db.prepare('SELECT max(position) - min(position) + 1 FROM delivery').pluck();

  const recordsBytes = () => pageSizeBytes * ((pageCount.get() as number) - (freePages.get() as number));

  function usage(refused: boolean): Usage {
    const { bavail, bsize, blocks } = statfsSync(folder);
    return {
      recordsBytes: recordsBytes(),
      recordsMaxBytes: maxSizeBytes,
      picturesBytes: shelf?.bytes() ?? 0,
      picturesMaxBytes: maxPicturesBytes,
      diskFreeBytes: bavail * bsize,
      diskTotalBytes: blocks * bsize,
      refused,
    };
  }

  const delivered = (): { positions: number[]; reason: GapReason | null } => {
    const positions = confirmed.all() as number[];
    if (positions.length > 0) return { positions, reason: null };
    // Where receipts come, what was only sent is not known to be anywhere.
    return { positions: sent.all() as number[], reason: receiptSeen.get() === undefined ? null : 'dropped' };
  };

  /** Oldest first, dead letters among them. */
  const undelivered = (types: readonly RecordType[]): number[] =>
    types
      .flatMap((type) => [...(pending.all(type) as number[]), ...(dead.all(type) as number[])])
      .sort((a, b) => a - b)
      .slice(0, STEP_ROWS);

  const rowsOf: Partial<Record<Step, () => { positions: number[]; reason: GapReason | null }>> = {
    deliveredRecords: delivered,
    undeliveredReads: () => ({ positions: undelivered(['read']), reason: 'dropped' }),
    otherUndelivered: () => ({ positions: undelivered(['status', 'audit']), reason: 'dropped' }),
    undeliveredHits: () => ({ positions: undelivered(['hit']), reason: 'dropped' }),
  };

  /** Copies of damaged files from which everything was saved that can be. */
  const copies = () =>
    readdirSync(folder)
      .filter((name) => name.startsWith(`${basename(path)}.damaged-`))
      .map((name) => join(folder, name))
      .filter((file) => beingSaved.get(file.replace(/-(wal|shm)$/, '')) === undefined);

  function holdings(): Holdings {
    const any = (step: Step) => rowsOf[step]!().positions.length > 0;
    return {
      copies: copies().length > 0,
      strayPictures: shelf?.has('stray') ?? false,
      deliveredPictures: shelf?.has('delivered') ?? false,
      undeliveredPictures: shelf?.has('undelivered') ?? false,
      deliveredRecords: any('deliveredRecords'),
      undeliveredReads: any('undeliveredReads'),
      otherUndelivered: any('otherUndelivered'),
      undeliveredHits: any('undeliveredHits'),
    };
  }

  /** A step: what to do before the commit, in it and after it. */
  function plan(step: Step, usage: Usage): { files(): number; job?: Job<void>; after?: () => void } {
    const rows = rowsOf[step]?.();
    const excess = excessBytes(usage);
    if (rows) {
      const bytesPerRow = usage.recordsBytes / ((span.get() as number | null) ?? 1);
      const count = Math.max(LEAST_ROWS, Math.ceil(excess.records / bytesPerRow));
      const positions = rows.positions.slice(0, count);
      let pictures: Parameters<Shelf['unlink']>[0] = [];
      return {
        files: () => positions.length,
        job: (store) => {
          pictures = store.remove(positions, rows.reason);
        },
        after: () => shelf?.unlink(pictures),
      };
    }
    if (step === 'copies')
      return {
        files() {
          const files = copies();
          for (const file of files) rmSync(file, { force: true });
          return files.length;
        },
      };
    if (step === 'strayPictures') return { files: () => shelf?.unlinkStrays() ?? 0 };
    let bytes = Math.max(excess.pictures, usage.refused ? LEAST_PICTURE_BYTES : 1);
    const oldest = shelf?.oldest(step === 'deliveredPictures' ? 'delivered' : 'undelivered') ?? [];
    const pictures = oldest.filter(({ sizeBytes }) => {
      const isNeeded = bytes > 0;
      bytes -= sizeBytes;
      return isNeeded;
    });
    return {
      // Before the commit: on a full disk nothing can be committed before some file has gone.
      files() {
        shelf?.unlink(pictures);
        return pictures.length;
      },
      ...(shelf && { job: shelf.forget(pictures, 'dropped') }),
    };
  }

  function releaseReserve(): boolean {
    if (!statSync(reserve, { throwIfNoEntry: false })?.size) return false;
    rmSync(reserve, { force: true });
    return true;
  }

  function keepReserve({ diskFreeBytes, diskTotalBytes }: Usage): void {
    const bytes = Math.floor(Math.min(RESERVE_BYTES, diskTotalBytes * RESERVE_SHARE));
    if (diskFreeBytes < 4 * bytes || statSync(reserve, { throwIfNoEntry: false })?.size === bytes) return;
    const fd = openSync(reserve, 'w', 0o640);
    try {
      // Real blocks, not a hole.
      writeSync(fd, Buffer.alloc(bytes, 1));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  return {
    releaseReserve,
    isTight: () => maxSizeBytes !== null && recordsBytes() > maxSizeBytes * TIGHT_SHARE,
    async make(write) {
      const removed: Removed = {};
      let last = usage(false);
      for (let step = nextStep(last, holdings(), false); step; step = nextStep(last, holdings(), true)) {
        const { files, job, after } = plan(step, last);
        removed[step] = (removed[step] ?? 0) + files();
        if (job) await write(job);
        after?.();
        last = usage(false);
      }
      keepReserve(last);
      return removed;
    },
    makeNow(store) {
      const now = usage(true);
      const step = nextStep(now, holdings(), true);
      const files = step === undefined || rowsOf[step] === undefined;
      if (!files && releaseReserve()) return step;
      if (!step) return false;
      const { files: removeFiles, job, after } = plan(step, now);
      removeFiles();
      const [outcome] = job ? store.commit([job]) : [];
      if (outcome && 'error' in outcome && !files) return false;
      after?.();
      return step;
    },
  };
}
