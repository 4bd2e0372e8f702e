// What waits, what was refused for good, and all of it for a stick: the routes behind `anpr queue` and
// `anpr journal export`.

import { once } from 'node:events';
import { z } from 'zod';
import type { QueueState } from '../journal/index.ts';
import { exportQuery } from './filter.ts';
import { queueState } from './queue.ts';
import { type Route, sendJson } from './route.ts';

export interface QueueHandlers {
  queue(): Promise<QueueState>;
  /** a dead letter is sent again. Rejects with `journal.no-dead-letter`, `journal.damaged-record` */
  retryDead(id: string): Promise<void>;
  /** Rejects with `journal.no-dead-letter`, `journal.needed` */
  dropDead(id: string): Promise<void>;
  /** see agent/journal/export-lines.ts */
  exportLines(options: { from?: number; to?: number; pictures: boolean }): AsyncIterable<string>;
}

const idOf = (query: URLSearchParams) => z.string().min(1).parse(query.get('id'));

export const queueRoutes: Record<string, Route> = {
  '/1/queue': {
    action: null,
    async ask({ response, handlers }) {
      const state = queueState.parse(await handlers.queue());
      return { rows: null, send: () => sendJson(response, 200, state) };
    },
  },
  '/1/queue/retry': {
    method: 'POST',
    action: null,
    async ask({ query, response, handlers }) {
      await handlers.retryDead(idOf(query));
      return { rows: null, send: () => sendJson(response, 200, {}) };
    },
  },
  '/1/queue/drop': {
    method: 'POST',
    action: null,
    async ask({ query, response, handlers }) {
      await handlers.dropDead(idOf(query));
      return { rows: null, send: () => sendJson(response, 200, {}) };
    },
  },
  '/1/export': {
    action: 'export',
    async ask({ query, response, handlers, closed }) {
      const { pictures, from, to } = exportQuery.parse(Object.fromEntries(query));
      const lines = handlers.exportLines({
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        pictures: pictures === 'true',
      });
      return {
        rows: null,
        async send() {
          let given = 0;
          response.setHeader('content-type', 'application/jsonl; charset=utf-8');
          for await (const line of lines) {
            if (closed.aborted) break;
            given++;
            if (!response.write(`${line}\n`))
              await once(response, 'drain', { signal: closed }).catch(() => {});
          }
          response.end();
          // The last line is the count.
          return Math.max(0, given - 1);
        },
      };
    },
  },
};
