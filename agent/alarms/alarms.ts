// Hits raised locally, without the centre: to a broker on the spot and to a webhook. What a target does not take waits in
// memory and is tried again; the hit itself is in the journal whatever becomes of its alarm.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../journal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';

/** Somewhere that an alarm goes to. */
export interface Target {
  name: 'mqtt' | 'webhook';
  /** Rejects when it was not taken. */
  raise(json: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface AlarmsStatus {
  name: Target['name'];
  /** since the agent started */
  raised: number;
  waiting: number;
  /** why the last attempt failed; null: it did not */
  problem: string | null;
}

export interface Alarms {
  status(): AlarmsStatus[];
  /** Ends the attempts; what waits is given up. */
  close(): Promise<void>;
}

export interface AlarmsOptions {
  journal: Pick<Journal, 'follow'>;
  /** unacknowledged: hits that nobody acknowledged in time; always: every record of every hit */
  when: 'unacknowledged' | 'always';
  targets: readonly Target[];
  log: Logger;
  /** the first wait after a failure; each one is twice as long, up to a minute */
  againMs?: number;
}

/** an alarm that is older than a thousand others helps nobody */
const MOST_WAITING = 1000;
const AGAIN_MS = 1000;
const MOST_AGAIN_MS = 60_000;

export function startAlarms({ journal, when, targets, log, againMs = AGAIN_MS }: AlarmsOptions): Alarms {
  const stopping = new AbortController();
  const { signal } = stopping;
  const lanes = targets.map((target) => laneTo(target));

  function laneTo(target: Target) {
    const waiting: string[] = [];
    const status: AlarmsStatus = { name: target.name, raised: 0, waiting: 0, problem: null };
    let running: Promise<void> | undefined;

    async function run(): Promise<void> {
      for (let failures = 0; waiting.length > 0 && !signal.aborted; ) {
        const [first] = waiting;
        try {
          await target.raise(first!, signal);
          failures = 0;
          status.raised++;
          status.problem = null;
          if (waiting[0] === first) waiting.shift();
        } catch (error) {
          if (signal.aborted) return;
          if (status.problem === null)
            log.error({ target: target.name, code: codeOf(error) }, `an alarm waits: ${messageOf(error)}`);
          status.problem = messageOf(error);
          const delayMs = Math.min(MOST_AGAIN_MS, againMs * 2 ** failures++);
          await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {});
        }
      }
    }

    return {
      add(json: string): void {
        waiting.push(json);
        if (waiting.length > MOST_WAITING) waiting.shift();
        running ??= run().finally(() => {
          running = undefined;
        });
      },
      status: (): AlarmsStatus => ({ ...status, waiting: waiting.length }),
      async close(): Promise<void> {
        await running;
        await target.close();
      },
    };
  }

  const unfollow = journal.follow(({ type, payload }) => {
    if (type !== 'hit') return;
    const { event } = (payload as { hit: { event: string } }).hit;
    if (when === 'unacknowledged' && event !== 'reminded') return;
    const json = JSON.stringify(payload);
    for (const lane of lanes) lane.add(json);
  });

  return {
    status: () => lanes.map((lane) => lane.status()),
    async close() {
      unfollow();
      stopping.abort();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}
