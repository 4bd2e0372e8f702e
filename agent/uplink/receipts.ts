// The consumer's receipts: checked, and handed to the journal one at a time, the newest of an epoch instead of those
// that came while it was busy.

import { type Address, type ReceiptMessage, receiptMessage } from '../contract/index.ts';
import type { Journal } from '../journal/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import {
  type HolesDone,
  holesAfterBreak,
  holesDone,
  holesWaitMs,
  type ReceiptTimes,
  withoutHoles,
} from './receipt-policy.ts';

export interface Receipts {
  /** A message of the receipt topic. */
  take(payload: Buffer): void;
  /** A connection has ended, and not because we wanted another one: holes wait no longer than the first time. */
  broke(): void;
  /** Waits for what is being written down. */
  close(): Promise<void>;
}

export interface ReceiptOptions {
  journal: Pick<Journal, 'confirm'>;
  address: Address;
  times: ReceiptTimes;
  /** records sent less than so long ago may still be on their way to the consumer */
  graceMs: number;
  log: Logger;
}

export function createReceipts({ journal, address, times, graceMs, log }: ReceiptOptions): Receipts {
  /** by epoch, oldest first */
  const waiting = new Map<string, ReceiptMessage>();
  /** by epoch: receipts whose holes have to wait */
  const later = new Map<string, ReceiptMessage>();
  let done: HolesDone | undefined;
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function work(): Promise<void> {
    for (const [epoch, receipt] of waiting) {
      waiting.delete(epoch);
      const waitMs = holesWaitMs(receipt, done, performance.now(), times);
      if (waitMs > 0) {
        later.set(epoch, receipt);
        timer ??= setTimeout(takeUp, waitMs);
      } else later.delete(epoch);
      if (waitMs === 0 && receipt.holes.length > 0) done = holesDone(receipt, done, performance.now());
      await confirm(waitMs > 0 ? withoutHoles(receipt) : receipt);
      if (closed) break;
    }
  }

  /** Works on what waits, unless that is being done. */
  function wake(): void {
    if (working || closed || waiting.size === 0) return;
    working = work().finally(() => {
      working = undefined;
      wake();
    });
  }

  async function confirm({ epoch, upTo, holes }: ReceiptMessage): Promise<void> {
    try {
      const { requeued, missing } = await journal.confirm({ epoch, upTo, holes, graceMs });
      if (requeued > 0 || missing.length > 0)
        log.info({ epoch, upTo, requeued, missing: missing.length }, 'the consumer misses records');
    } catch (error) {
      // The next receipt says the same and more.
      log.warn({ epoch, upTo, reason: textOf(error) }, 'a receipt cannot be written down');
    }
  }

  function takeUp(): void {
    timer = undefined;
    for (const [epoch, receipt] of later) if (!waiting.has(epoch)) waiting.set(epoch, receipt);
    later.clear();
    wake();
  }

  return {
    take(payload) {
      if (closed) return;
      const receipt = parsed(payload);
      if (typeof receipt === 'string') {
        log.warn({ reason: receipt }, 'a receipt that is none');
        return;
      }
      if (receipt.site !== address.site || receipt.box !== address.box) {
        log.warn({ site: receipt.site, box: receipt.box }, 'a receipt for another box');
        return;
      }
      waiting.set(receipt.epoch, receipt);
      wake();
    },
    broke() {
      done = holesAfterBreak(done);
      if (timer === undefined) return;
      clearTimeout(timer);
      takeUp();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await working;
    },
  };
}

/** The receipt, or what is wrong with it. */
function parsed(payload: Buffer): ReceiptMessage | string {
  try {
    const result = receiptMessage.safeParse(JSON.parse(payload.toString()));
    return result.success ? result.data : result.error.issues.map(({ message }) => message).join('; ');
  } catch (error) {
    return textOf(error);
  }
}
