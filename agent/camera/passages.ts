// The passages of one camera as its process tells of them. One that it has finished becomes a read; when the process ends
// before that, the agent finishes it with what it was told (unfinished-policy.ts) and the pictures that are on the disk.

import type { EvidenceItem, EvidenceStore } from '../evidence/index.ts';
import type { PassageResult } from '../passage/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { EarlyFromChild, EarlyPictures, PassageFromChild, Software, ToChild } from './protocol.ts';
import { afterTold, cutOff, NONE_UNFINISHED } from './unfinished-policy.ts';

/** A finished passage on its way to the journal. */
export interface CameraRead {
  result: PassageResult;
  /** UTC epoch milliseconds of the moment at which the passage was found to be over */
  endedAt: number;
  evidence: EvidenceItem[];
  software: Software;
}

/** What becomes of passages in the agent. */
export interface PassageKeeper {
  /** Resolves once the read is in the journal; a rejection is logged and the child told nothing. */
  keep(read: CameraRead): Promise<void>;
  /**
   * What an open passage says so far.
   * @param pictures asks for its pictures for a record of that id; undefined when they do not come in time
   */
  early?(
    early: EarlyFromChild,
    pictures: (record: string) => Promise<EarlyPictures | undefined>,
  ): Promise<void>;
  /** A passage that was told early gives no read. */
  dropped?(id: string): Promise<void>;
  /** the pictures that a process leaves behind */
  pictures: Pick<EvidenceStore, 'find' | 'remove'>;
}

/** A hit does not wait longer for its pictures. */
const EARLY_PICTURES_MS = 400;

interface WantedPictures {
  /** UTC epoch milliseconds of the picture */
  at: number;
  /** the record has gone without them */
  late: boolean;
  resolve(pictures: EarlyPictures | undefined): void;
}

export function createPassages(
  { keep, early, dropped, pictures }: PassageKeeper,
  send: (message: ToChild) => void,
  log: Logger,
) {
  let unfinished = NONE_UNFINISHED;
  const working = new Set<Promise<void>>();
  /** by passage: its hits are being raised */
  const raising = new Map<string, Promise<void>>();
  /** by record, until they are answered, in time or not */
  const wanted = new Map<string, WantedPictures>();

  function work(done: Promise<void>): void {
    working.add(done);
    void done.finally(() => working.delete(done));
  }

  /** The end of a passage comes after what was said of it early. */
  async function raised(id: string): Promise<void> {
    await raising.get(id);
    raising.delete(id);
  }

  async function keepRead(read: CameraRead): Promise<void> {
    const { id } = read.result;
    await raised(id);
    try {
      await keep(read);
    } catch (error) {
      log.error({ err: error, read: id }, 'read not kept');
      return;
    }
    send({ type: 'ack', id });
  }

  async function drop(id: string): Promise<void> {
    await raised(id);
    await dropped?.(id).catch((error) => log.error({ err: error }, 'no hit withdrawn'));
  }

  async function raise(told: EarlyFromChild): Promise<void> {
    await early?.(told, (record) => earlyPictures(told.result, record)).catch((error) =>
      log.error({ err: error }, 'no early hits'),
    );
  }

  function earlyPictures({ id, best }: PassageResult, record: string): Promise<EarlyPictures | undefined> {
    const { promise, resolve } = Promise.withResolvers<EarlyPictures | undefined>();
    const asked: WantedPictures = { at: best.capturedAt, late: false, resolve };
    wanted.set(record, asked);
    const timer = setTimeout(() => {
      asked.late = true;
      resolve(undefined);
    }, EARLY_PICTURES_MS);
    send({ type: 'early-pictures', passage: id, record });
    return promise.finally(() => clearTimeout(timer));
  }

  async function remove(id: string, at: number): Promise<void> {
    await pictures.remove(id, at).catch((error) => {
      log.warn({ code: codeOf(error), read: id }, `a picture without a read stays: ${messageOf(error)}`);
    });
  }

  async function finish({ reads, gone }: ReturnType<typeof cutOff>): Promise<void> {
    for (const read of reads) {
      const { id, best } = read.result;
      const evidence = await pictures.find(id, best.capturedAt).catch((error) => {
        log.error({ code: codeOf(error), read: id }, `read goes without its picture: ${messageOf(error)}`);
        return [];
      });
      // Not awaited: what comes after it need not wait for the journal.
      work(keepRead({ ...read, evidence }));
    }
    for (const { id, early, pictured } of gone) {
      if (early) work(drop(id));
      if (pictured) await remove(id, pictured.capturedAt);
    }
  }

  return {
    hear(told: PassageFromChild | EarlyPictures): void {
      if (told.type === 'early-pictures') {
        const asked = wanted.get(told.record);
        wanted.delete(told.record);
        if (!asked?.late) asked?.resolve(told);
        else if (told.of === 'record') work(remove(told.record, told.at));
        return;
      }
      const before = unfinished;
      unfinished = afterTold(before, told);
      if (told.type === 'early') {
        const { id } = told.result;
        const done = Promise.all([raising.get(id), raise(told)]).then(() => {});
        raising.set(id, done);
        work(done);
      } else if (told.type === 'dropped') work(drop(told.id));
      else if (told.type === 'pictured') {
        const ended = before.get(told.id);
        if (ended?.result && ended.software && ended.endedAt !== null) {
          const { result, software, endedAt } = ended;
          work(keepRead({ result, software, endedAt, evidence: told.evidence }));
        }
      }
    },
    /** The process has ended, however: what it has not finished is finished now. */
    ended(): void {
      const left = cutOff(unfinished, Date.now());
      unfinished = NONE_UNFINISHED;
      for (const [record, { at, resolve }] of wanted) {
        resolve(undefined);
        work(remove(record, at));
      }
      wanted.clear();
      if (left.reads.length > 0)
        log.warn(
          { reads: left.reads.map(({ result }) => result.id) },
          'camera process ended within passages: they are kept as far as they were read',
        );
      work(finish(left));
    },
    /** Resolves when all that was told is kept, or cannot be. */
    async settled(): Promise<void> {
      while (working.size > 0) await Promise.all(working);
    },
  };
}
