// The keeper: holds what has come against the contract and stores it, a batch in one commit. In the consumer's own thread: with a
// thread for it the consumer took a quarter more of the processor, and nothing was confirmed sooner.

import type { Address } from '../../agent/contract/index.ts';
import { arrivalOf } from './arrival.ts';
import { type EpochState, openStore } from './store.ts';

/** A message as the broker gave it. */
export interface Message {
  topic: string;
  payload: Buffer;
  /** DUP: the broker has delivered it before, or tried to */
  again: boolean;
}

/** What is durable now that was not before. */
export interface Kept {
  epochs: KeptEpoch[];
  /** boxes that say they are there */
  online: Address[];
  /** messages that are none: why */
  problems: string[];
  /** records as they came */
  records: string[];
}

export interface KeptEpoch {
  state: EpochState;
  /** records that came */
  count: number;
  /** the last seq among them that came in lane backlog */
  backlogSeq: number | undefined;
}

export interface Keeper {
  /** what the database had when it was opened */
  readonly epochs: EpochState[];
  /** Everything is durable when it returns. @throws when the database fails */
  keep(messages: readonly Message[]): Kept;
  close(): void;
}

/** @param database SQLite file */
export function openKeeper(database: string): Keeper {
  const store = openStore(database);
  return {
    epochs: store.epochs(),
    keep(messages) {
      const arrivals = messages
        .map(({ topic, payload, again }) => arrivalOf(topic, payload, again))
        .filter((arrival) => arrival !== undefined);
      const kept: Kept = { epochs: [], online: [], problems: [], records: [] };
      const epochs = new Map<EpochState, KeptEpoch>();
      const noted = (state: EpochState): KeptEpoch => {
        const known = epochs.get(state) ?? { state, count: 0, backlogSeq: undefined };
        epochs.set(state, known);
        return known;
      };
      for (const state of store.commit(arrivals)) noted(state);
      for (const arrival of arrivals)
        if (arrival.kind === 'record') {
          const { epoch, seq, lane, text } = arrival.record;
          const own = noted(store.epochOf(arrival.record, epoch));
          own.count++;
          if (lane === 'backlog') own.backlogSeq = seq;
          kept.records.push(text);
        } else if (arrival.kind === 'status' && JSON.parse(arrival.text).online)
          kept.online.push(arrival.address);
        else if (arrival.kind === 'invalid') kept.problems.push(`${arrival.topic}: ${arrival.reason}`);
      kept.epochs = [...epochs.values()];
      return kept;
    },
    close: () => store.close(),
  };
}
