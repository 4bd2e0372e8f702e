// The thread of the keeper: each batch is checked, and stored in one commit.

import { workerData } from 'node:worker_threads';
import { serveThread } from '../../agent/shared/thread.ts';
import { arrivalOf } from './arrival.ts';
import type { Batch, KeeperOptions, Kept, KeptEpoch } from './keeper.ts';
import { type Arrival, type EpochState, openStore } from './store.ts';

const { database, wantsRecords } = workerData as KeeperOptions;

export type KeeperOperations = ReturnType<typeof open>['operations'];

function open() {
  const store = openStore(database);

  function keep({ topics, again, ends, bytes }: Batch): Kept {
    const arrivals: Arrival[] = [];
    topics.forEach((topic, index) => {
      const from = ends[index - 1] ?? 0;
      const payload = Buffer.from(bytes.buffer, from, (ends[index] ?? 0) - from);
      const arrival = arrivalOf(topic, payload, again[index]);
      if (arrival) arrivals.push(arrival);
    });
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
        if (wantsRecords) kept.records.push(text);
      } else if (arrival.kind === 'status' && JSON.parse(arrival.text).online)
        kept.online.push(arrival.address);
      else if (arrival.kind === 'invalid') kept.problems.push(`${arrival.topic}: ${arrival.reason}`);
    kept.epochs = [...epochs.values()];
    return kept;
  }

  return { ready: store.epochs(), operations: { keep }, close: () => store.close() };
}

serveThread(open);
