// Brings records over one connection. Three cursors on the journal share the window: urgent goes first, then live
// (appended since the connection began), and backlog fills what is left, at its own pace. A record that has to be sent
// again is never sent again on the same connection: the next one starts from the oldest that is still pending. So
// each lane of a connection is in order by construction.

import { randomBytes } from 'node:crypto';
import type { Address } from '../contract/index.ts';
import type { Journal, QueuedRecord, RecordType } from '../journal/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Connection, Puback } from './connection.ts';
import { type Cursor, createCursor } from './cursor.ts';
import type { Marks } from './marks.ts';
import { type Message, messageOf, URGENT_TYPES } from './message.ts';
import { nextPace, START } from './pace-policy.ts';
import { packetSizeBytes } from './publish-packet.ts';
import { type Verdict, verdictOf, wordsOf } from './reasons.ts';

export type Queue = Pick<Journal, 'pending' | 'markSent' | 'markDead' | 'follow' | 'lastPosition'>;

export interface Delivery {
  readonly inFlight: number;
  /** records that were sent and have no answer */
  readonly unanswered: readonly QueuedRecord[];
  /** nothing waits and nothing is in flight */
  readonly isIdle: boolean;
  /** urgent or live records wait */
  readonly isPressed: boolean;
  /** Settles, with the reason, when the broker takes nothing for now, or the journal cannot give anything. */
  readonly paused: Promise<string>;
  /** Something may be sendable again. */
  wake(): void;
  /** A message outside the journal (the status): ahead of all records, within the same window. */
  publish(message: Message): Promise<Puback | undefined>;
  /** Sends nothing more. Resolves when what was in flight is settled. */
  stop(): Promise<void>;
}

export interface DeliveryOptions {
  connection: Connection;
  queue: Queue;
  marks: Marks;
  address: Address;
  /** messages in flight at most, within what the broker allows */
  window: number;
  /** records up to this position go one at a time: one of them made the broker end a connection, and we look which */
  aloneUpTo: number;
  /** not sent on this connection */
  aside: number | undefined;
  log: Logger;
  onSent(record: QueuedRecord): void;
  onDead(record: QueuedRecord, reason: string): void;
  /** The broker doesn't take this type of records from this box; the others go on. */
  onDenied(type: RecordType, reason: string): void;
  /** Nothing of the records waits: called whenever that begins. */
  onIdle(): void;
}

export function startDelivery(options: DeliveryOptions): Delivery {
  const { connection, queue, marks, address, log } = options;
  const name = randomBytes(4).toString('hex');
  const window = Math.min(options.window, connection.receiveMaximum);
  const boundary = queue.lastPosition;
  const newest = Number.MAX_SAFE_INTEGER;
  const cursor = (lane: Cursor['lane'], types: readonly RecordType[], after: number, upTo: number) =>
    createCursor({
      lane,
      types,
      after,
      upTo,
      pending: queue.pending,
      isMarked: (position) => marks.has(position) || position === options.aside,
      onFilled: pump,
      onError: (error) => pause(`the journal cannot be read: ${textOf(error)}`),
    });
  const urgent = cursor('urgent', URGENT_TYPES, 0, newest);
  const live = cursor('live', ['read'], boundary, newest);
  const backlog = cursor('backlog', ['read'], 0, boundary);
  const cursors = [urgent, live, backlog];

  const asides: (() => void)[] = [];
  const paused = Promise.withResolvers<string>();
  const drained = Promise.withResolvers<void>();
  const unanswered = new Set<QueuedRecord>();
  const denied = new Set<RecordType>();
  let pace = START;
  let inFlight = 0;
  let backlogInFlight = 0;
  let soon: NodeJS.Immediate | undefined;
  let isPaused = false;
  let isStopped = false;

  const unfollow = queue.follow(({ type }) => (type === 'read' ? live : urgent).look());
  connection.ended.then(() => void stop());

  function pump(): void {
    while (inFlight < window) {
      const aside = asides.shift();
      if (aside) aside();
      else if (isPaused || isStopped || marks.isFull) break;
      else {
        const from = next();
        const record = from?.next;
        if (!from || !record || mustWait(record)) break;
        from.shift();
        send(record, from.lane);
      }
    }
    if (isStopped && inFlight === 0) drained.resolve();
    else if (isIdle()) options.onIdle();
  }

  /** PUBACKs come several at a time: what they make room for goes in one write. */
  function pumpSoon(): void {
    if (soon) return;
    soon = setImmediate(() => {
      soon = undefined;
      pump();
    });
  }

  function next(): Cursor | undefined {
    if (urgent.next) return urgent;
    if (live.next) return live;
    return backlog.next && backlogInFlight < Math.floor(pace.window) ? backlog : undefined;
  }

  function isIdle(): boolean {
    return !isPaused && !isStopped && inFlight === 0 && cursors.every(({ isEmpty }) => isEmpty);
  }

  function mustWait(record: QueuedRecord): boolean {
    if (options.aloneUpTo === 0) return false;
    for (const other of unanswered)
      if (Math.min(other.position, record.position) <= options.aloneUpTo) return true;
    return false;
  }

  function send(record: QueuedRecord, lane: Cursor['lane']): void {
    const message = messageOf(record, lane, name, address);
    const sizeBytes = packetSizeBytes(message);
    if (sizeBytes > connection.maximumPacketBytes) {
      bury(record, `packet of ${sizeBytes} bytes; the broker takes ${connection.maximumPacketBytes}`);
      return;
    }
    const sentAtMs = performance.now();
    inFlight++;
    if (lane === 'backlog') backlogInFlight++;
    unanswered.add(record);
    connection.send(message, (puback) => {
      inFlight--;
      if (lane === 'backlog') {
        const nowMs = performance.now();
        backlogInFlight--;
        pace = nextPace(pace, nowMs - sentAtMs, nowMs, window);
      }
      if (puback) {
        unanswered.delete(record);
        settle(record, puback);
      }
      pumpSoon();
    });
  }

  function settle(record: QueuedRecord, { code, text }: Puback): void {
    const verdict: Verdict = verdictOf(code);
    if (verdict === 'taken') {
      marks.add(record.position);
      options.onSent(record);
      return;
    }
    const reason = `${wordsOf(code)}${text ? `: ${text}` : ''}`;
    if (verdict === 'dead') bury(record, reason);
    else if (verdict === 'denied') deny(record.type, reason);
    else pause(`the broker does not take records: ${reason}`);
  }

  function deny(type: RecordType, reason: string): void {
    if (denied.has(type)) return;
    denied.add(type);
    for (const cursor of cursors) cursor.deny(type);
    options.onDenied(type, reason);
  }

  function bury(record: QueuedRecord, reason: string): void {
    options.onDead(record, reason);
    queue.markDead(record.position, reason).catch((error) => {
      // Still pending: it comes again on the next connection, and is judged again.
      log.error({ id: record.id, reason: textOf(error) }, 'a dead letter cannot be written down');
    });
  }

  function pause(reason: string): void {
    if (isPaused || isStopped) return;
    isPaused = true;
    paused.resolve(reason);
  }

  function stop(): Promise<void> {
    if (!isStopped) {
      isStopped = true;
      unfollow();
      pump();
    }
    return drained.promise;
  }

  for (const cursor of cursors) cursor.look();
  return {
    get inFlight() {
      return inFlight;
    },
    get unanswered() {
      return [...unanswered];
    },
    get isIdle() {
      return isIdle();
    },
    get isPressed() {
      return !urgent.isEmpty || !live.isEmpty;
    },
    paused: paused.promise,
    wake: pump,
    publish(message) {
      return new Promise((resolve) => {
        asides.push(() => {
          inFlight++;
          connection.send(message, (puback) => {
            inFlight--;
            resolve(puback);
            pumpSoon();
          });
        });
        pump();
      });
    },
    stop,
  };
}
