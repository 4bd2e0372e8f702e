// Brings records over one connection. Two cursors on the journal share the window: live (appended since the connection
// began) goes first, backlog fills what is left. A record that has to be sent again is never sent again on the same
// connection: delivery pauses, and the next connection starts from the oldest one that is still pending. So
// each lane of a connection is in order by construction.

import type { Address } from '../contract/index.ts';
import type { Journal, QueuedRecord } from '../journal/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Connection, Puback } from './connection.ts';
import type { Marks } from './marks.ts';
import { type Lane, type Message, messageOf, packetSizeBytes, SENT_TYPES } from './message.ts';
import { type Verdict, verdictOf, wordsOf } from './reasons.ts';

export type Queue = Pick<Journal, 'pending' | 'markDelivered' | 'markDead' | 'follow' | 'lastPosition'>;

/** Why nothing more goes over this connection. */
export interface Pause {
  verdict: Extract<Verdict, 'denied' | 'later'>;
  reason: string;
}

export interface Delivery {
  readonly inFlight: number;
  /** records that were sent and have no answer */
  readonly unanswered: readonly QueuedRecord[];
  /** Settles when the broker does not take records, or the journal cannot give them. */
  readonly paused: Promise<Pause>;
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
  log: Logger;
  onDelivered(record: QueuedRecord): void;
  onDead(record: QueuedRecord, reason: string): void;
}

interface Cursor {
  lane: Lane;
  after: number;
  upTo: number;
  buffer: QueuedRecord[];
  fetching: boolean;
  /** there may be more in the journal after the buffer */
  more: boolean;
}

export function startDelivery(options: DeliveryOptions): Delivery {
  const { connection, queue, marks, address, log } = options;
  const window = Math.min(options.window, connection.receiveMaximum);
  const fetchLimit = Math.max(100, 2 * window);
  const boundary = queue.lastPosition;
  const cursor = (lane: Lane, after: number, upTo: number): Cursor => ({
    lane,
    after,
    upTo,
    buffer: [],
    fetching: false,
    more: true,
  });
  const live = cursor('live', boundary, Number.MAX_SAFE_INTEGER);
  const backlog = cursor('backlog', 0, boundary);

  const asides: (() => void)[] = [];
  const paused = Promise.withResolvers<Pause>();
  const drained = Promise.withResolvers<void>();
  const unanswered = new Set<QueuedRecord>();
  let inFlight = 0;
  let isPaused = false;
  let isStopped = false;

  const unfollow = queue.follow(() => {
    live.more = true;
    pump();
  });
  connection.ended.then(() => void stop());

  function pump(): void {
    while (inFlight < window) {
      const aside = asides.shift();
      if (aside) aside();
      else if (isPaused || isStopped || marks.isFull) break;
      else {
        const next = live.buffer.length > 0 ? live : backlog;
        const record = next.buffer[0];
        if (!record || mustWait(record)) break;
        next.buffer.shift();
        send(record, next.lane);
      }
    }
    if (isStopped && inFlight === 0) drained.resolve();
    else if (!isPaused && !isStopped && !marks.isFull) {
      refill(live);
      refill(backlog);
    }
  }

  function mustWait(record: QueuedRecord): boolean {
    for (const other of unanswered)
      if (Math.min(other.position, record.position) <= options.aloneUpTo) return true;
    return false;
  }

  function refill(cursor: Cursor): void {
    if (!cursor.more || cursor.fetching || cursor.buffer.length >= window) return;
    cursor.fetching = true;
    cursor.more = false;
    queue.pending({ after: cursor.after, upTo: cursor.upTo, limit: fetchLimit, types: SENT_TYPES }).then(
      (records) => {
        cursor.fetching = false;
        cursor.after = records.at(-1)?.position ?? cursor.after;
        if (records.length === fetchLimit) cursor.more = true;
        for (const record of records) if (!marks.has(record.position)) cursor.buffer.push(record);
        pump();
      },
      (error) => {
        if (!isStopped) pause({ verdict: 'later', reason: `the journal cannot be read: ${textOf(error)}` });
      },
    );
  }

  function send(record: QueuedRecord, lane: Lane): void {
    const message = messageOf(record, lane, address);
    const sizeBytes = packetSizeBytes(message);
    if (sizeBytes > connection.maximumPacketBytes) {
      bury(record, `packet of ${sizeBytes} bytes; the broker takes ${connection.maximumPacketBytes}`);
      return;
    }
    inFlight++;
    unanswered.add(record);
    connection.publish(message).then((puback) => {
      inFlight--;
      if (puback) {
        unanswered.delete(record);
        settle(record, puback);
      }
      pump();
    });
  }

  function settle(record: QueuedRecord, { code, text }: Puback): void {
    const verdict = verdictOf(code);
    const reason = `${wordsOf(code)}${text ? `: ${text}` : ''}`;
    if (verdict === 'delivered') {
      marks.add(record.position);
      options.onDelivered(record);
    } else if (verdict === 'dead') bury(record, reason);
    else pause({ verdict, reason: `the broker does not take records: ${reason}` });
  }

  function bury(record: QueuedRecord, reason: string): void {
    options.onDead(record, reason);
    queue.markDead(record.position, reason).catch((error) => {
      // Still pending: it comes again on the next connection, and is judged again.
      log.error({ id: record.id, reason: textOf(error) }, 'a dead letter cannot be written down');
    });
  }

  function pause(why: Pause): void {
    if (isPaused) return;
    isPaused = true;
    paused.resolve(why);
  }

  function stop(): Promise<void> {
    if (!isStopped) {
      isStopped = true;
      unfollow();
      pump();
    }
    return drained.promise;
  }

  pump();
  return {
    get inFlight() {
      return inFlight;
    },
    get unanswered() {
      return [...unanswered];
    },
    paused: paused.promise,
    wake: pump,
    publish(message) {
      return new Promise((resolve) => {
        asides.push(() => {
          inFlight++;
          connection.publish(message).then((puback) => {
            inFlight--;
            resolve(puback);
            pump();
          });
        });
        pump();
      });
    },
    stop,
  };
}
