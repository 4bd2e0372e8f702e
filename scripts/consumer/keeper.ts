// The keeper: a thread that holds what has come against the contract and stores it. While it waits for its disk the consumer
// goes on to receive, and has the next, larger batch ready.

import type { Address } from '../../agent/contract/index.ts';
import { startThread } from '../../agent/shared/thread.ts';
import type { KeeperOperations } from './keeper-thread.ts';
import type { EpochState } from './store.ts';

/** A message as the broker gave it. */
export interface Message {
  topic: string;
  payload: Buffer;
  /** DUP: the broker has delivered it before, or tried to */
  again: boolean;
}

/** Messages on their way to the thread: their contents lie in one piece of memory, which goes there without a copy. */
export interface Batch {
  topics: string[];
  again: boolean[];
  /** where each content ends in `bytes` */
  ends: number[];
  bytes: Uint8Array;
}

/** What is durable now that was not before. */
export interface Kept {
  epochs: KeptEpoch[];
  /** boxes that say they are there */
  online: Address[];
  /** messages that are none: why */
  problems: string[];
  /** records as they came; empty unless somebody wants them */
  records: string[];
}

export interface KeptEpoch {
  state: EpochState;
  /** records that came */
  count: number;
  /** the last seq among them that came in lane backlog */
  backlogSeq: number | undefined;
}

export interface KeeperOptions {
  /** SQLite file */
  database: string;
  /** hand back the records' texts */
  wantsRecords: boolean;
}

export interface Keeper {
  /** what the database had when it was opened */
  readonly epochs: EpochState[];
  /** Resolves when everything is durable; rejects when the database fails. */
  keep(messages: readonly Message[]): Promise<Kept>;
  close(): Promise<void>;
}

export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const thread = await startThread<KeeperOperations, EpochState[]>(
    new URL('./keeper-thread.ts', import.meta.url),
    options,
    'keeper',
  );
  return {
    epochs: thread.ready,
    keep(messages) {
      const batch = batchOf(messages);
      return thread.call('keep', batch, [batch.bytes.buffer as ArrayBuffer]);
    },
    close: thread.close,
  };
}

function batchOf(messages: readonly Message[]): Batch {
  const ends: number[] = [];
  let sizeBytes = 0;
  for (const { payload } of messages) {
    sizeBytes += payload.length;
    ends.push(sizeBytes);
  }
  const bytes = new Uint8Array(sizeBytes);
  messages.forEach(({ payload }, index) => {
    bytes.set(payload, (ends[index] ?? 0) - payload.length);
  });
  return {
    topics: messages.map(({ topic }) => topic),
    again: messages.map(({ again }) => again),
    ends,
    bytes,
  };
}
