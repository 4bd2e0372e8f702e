// What the journal's writer is asked to do: each a job of the next commit.

import { AnprError, messageOf } from '../shared/errors.ts';
import type { Sent } from './deliveries.ts';
import { erase, forget } from './erase.ts';
import { createReceipts } from './receipts.ts';
import { assertFileSound } from './recovery.ts';
import type { Appended, EncodedRecord } from './sequence.ts';
import type { Job } from './store.ts';
import type { PictureKind, QueuedPicture, Receipt } from './types.ts';
import type { Upkeep } from './upkeep.ts';
import type { Running } from './writer.ts';

const KEY_LOST = 'sealed with a key that this box no longer has';
const DAMAGED = 'damaged on disk: its checksum does not match';

interface OperationParts {
  path: string;
  /** the file that is open; undefined: none just now */
  running: () => Running | undefined;
  /** the same, or the first one */
  last: () => Running;
  write: <T>(job: Job<T>) => Promise<T>;
  upkeep: Upkeep;
  want: (kinds: readonly PictureKind[]) => void;
}

export type WriterOperations = ReturnType<typeof createOperations>;

export function createOperations({ path, running, last, write, upkeep, want }: OperationParts) {
  const receipts = createReceipts(
    () => last().store,
    write,
    () => last().ageMs(),
  );
  const bury = (reason: string) => (positions: readonly number[]) =>
    write(({ deliveries }) => {
      for (const position of positions) deliveries.dead(position, reason, 'damaged');
    });

  return {
    append: (records: readonly EncodedRecord[]): Promise<Appended[]> =>
      write((store) => records.map((record) => store.append(record))),
    markSent: (sent: Sent) => write(({ deliveries }) => deliveries.sent(sent)),
    markDead: ({ position, reason }: { position: number; reason: string }) =>
      write(({ deliveries }) => deliveries.dead(position, reason, 'dead-letter')),
    buryDamaged: bury(DAMAGED),
    buryUnreadable: bury(KEY_LOST),
    confirm: (receipt: Receipt) => receipts.confirm(receipt),
    replay: (range: { epoch: string; from: number; to: number }) => receipts.replay(range),
    retryDead: (id: string) => write(({ deliveries }) => deliveries.retryDead(id)),
    dropDead: (id: string) =>
      write((store) => store.remove([store.deliveries.dropDead(id)], 'dropped')).then((pictures) => {
        running()?.shelf?.unlink(pictures);
      }),
    erase: (readId: string) =>
      write((store) => erase(last().db, store, readId)).then(({ count, pictures }) => {
        running()?.shelf?.unlink(pictures);
        const now = running();
        if (now) forget(now.db);
        return count;
      }),
    requestPictures: (pictures: readonly QueuedPicture[]) =>
      write(({ deliveries }) => deliveries.requestPictures(pictures)),
    markPicture: ({ readId, kind, state }: { readId: string; kind: PictureKind; state: 'sent' | 'gone' }) =>
      write(({ deliveries }) => deliveries.markPicture(readId, kind, state)),
    wantPictures: (kinds: readonly PictureKind[]): void => want(kinds),
    prune: ({ keepMs }: { keepMs: number }) => last().retention.prune(keepMs),
    async sealOlder(_: undefined): Promise<void> {
      while (await write(({ older }) => older.step()));
      running()?.store.older.finish();
    },
    remind: ({ sentForMs }: { sentForMs: number }) => upkeep.remind(sentForMs),
    maintain: (_: undefined) => upkeep.maintain('all'),
    releaseReserve(_: undefined): void {
      running()?.room.releaseReserve();
    },
    answers: (_: undefined): void => {},
    /** Somebody met damage while reading: is it so? */
    inspect: (_: undefined) =>
      write(() => {
        assertFileSound(path);
      }),
    /** It is so, whatever a quick check says. */
    setAside: (why: string) =>
      write(() => {
        throw new AnprError('journal.damaged', why);
      }).catch((error) => {
        // That is how the new file answers the question a second time.
        if (messageOf(error) !== why) throw error;
      }),
  };
}
