// A hit that nobody acknowledges is sent again: after the time of its priority, and then each time after twice as long.

import type { Address } from '../contract/index.ts';
import type { Journal } from '../journal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { reminderDelayMs } from './life-policy.ts';
import type { LiveHits } from './live-hits.ts';
import { hitRecord } from './records.ts';
import type { PrioritySettings } from './types.ts';

export interface ReminderOptions {
  live: Pick<LiveHits, 'due'>;
  priorities: readonly PrioritySettings[];
  journal: Pick<Journal, 'appendAll'>;
  address: Address;
  log: Logger;
  /** how often it is looked whether somebody has to be reminded */
  tickMs?: number | undefined;
}

export interface Reminders {
  /** performance.now() of the next one, for a hit that was sent again so often; Infinity: none */
  dueMs(priority: number, reminders: number): number;
  close(): void;
}

const TICK_MS = 1000;
/** of a priority that the configuration does not name */
const DEFAULT_ACKNOWLEDGE_SECONDS = 300;

export function startReminders(options: ReminderOptions): Reminders {
  const { live, priorities, journal, address, log } = options;

  function dueMs(priority: number, reminders: number): number {
    const { acknowledgeSeconds = DEFAULT_ACKNOWLEDGE_SECONDS } =
      priorities.find((each) => each.priority === priority) ?? {};
    const delayMs = reminderDelayMs(acknowledgeSeconds, reminders);
    return delayMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + delayMs;
  }

  async function remind(): Promise<void> {
    for (const each of live.due(performance.now())) {
      const { ground, read, hit } = each;
      hit.reminders++;
      each.dueMs = dueMs(hit.priority, hit.reminders);
      try {
        await journal.appendAll([hitRecord(address, hit, { event: 'reminded', ground, read })]);
        log.warn(
          { hit: hit.id, priority: hit.priority, reminders: hit.reminders },
          'nobody acknowledges a hit',
        );
      } catch (error) {
        log.error({ hit: hit.id, code: codeOf(error) }, `a hit cannot be sent again: ${messageOf(error)}`);
      }
    }
  }

  const timer = setInterval(() => void remind(), options.tickMs ?? TICK_MS);
  timer.unref();
  return { dueMs, close: () => clearInterval(timer) };
}
