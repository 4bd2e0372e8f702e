// One connection, served from the first message to the last: the status and the subscriptions first, then records until
// something ends it. What ended it is told in plain data; what to do about that is the business of the loop in uplink.ts.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, topicOf } from '../contract/index.ts';
import type { QueuedRecord, RecordType } from '../journal/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { type CommandOptions, obey } from './commands.ts';
import type { Connection, Received } from './connection.ts';
import { type Ending, retryDelayMs } from './connection-policy.ts';
import type { Hunt } from './culprit-policy.ts';
import { type Delivery, startDelivery } from './delivery.ts';
import type { Marks } from './marks.ts';
import { type StatusFields, statusMessageOf } from './message.ts';
import type { Pictures } from './pictures.ts';
import { verdictOf, wordsOf } from './reasons.ts';
import type { Receipts } from './receipts.ts';
import type { Link, UplinkJournal, UplinkTimes } from './types.ts';

export interface SessionOptions {
  connection: Connection;
  journal: UplinkJournal;
  marks: Marks;
  pictures: Pictures;
  receipts: Receipts;
  address: Address;
  window: number;
  hunt: Hunt;
  /** how often in a row the broker would take nothing */
  pauses: number;
  times: UplinkTimes;
  status: () => StatusFields | Promise<StatusFields>;
  onLink: ((link: Link) => void) | undefined;
  decideHit: CommandOptions['decideHit'];
  log: Logger;
  /** ends it with a farewell */
  stopping: AbortSignal;
  onState(state: 'connected' | 'held', reason: string | null): void;
  /** returns whether another connection is wanted by and by, for a record that was set aside */
  onSent(record: QueuedRecord): boolean;
  onDead(record: QueuedRecord, reason: string): void;
}

export type Outcome =
  | { kind: 'ended'; ending: Ending; unanswered: readonly QueuedRecord[] }
  /** records have to be sent again, or for the first time: over a new connection, at once */
  | { kind: 'again' }
  /** it was held for as long as it should be, and the next connection starts anew */
  | { kind: 'paused' }
  | { kind: 'stopped' };

export interface Session {
  readonly inFlight: number;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  publishStatus(): void;
  /** Something may be sendable again. */
  wake(): void;
  /** Ends it as soon as what is in flight is answered. */
  finish(): void;
}

/** An fsync that takes longer is not waited for: at worst some records come twice. */
const SETTLE_MS = 2000;
/** A last status without its details is better than none. */
const STATUS_MS = 500;

export function startSession(options: SessionOptions): Session {
  const { connection, journal, marks, pictures, receipts, decideHit, address, times, log, stopping } =
    options;
  let delivery: Delivery | undefined;
  const again = Promise.withResolvers<'again'>();
  const timers = new Set<NodeJS.Timeout>();
  const endings: (() => void)[] = [];
  const over = new AbortController();

  const later = (delayMs: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  };
  /** In a while, any time up to `delayMs`: boxes that were denied together don't come back together. */
  const newConnectionWithin = (delayMs: number) =>
    later(Math.random() * delayMs, () => again.resolve('again'));

  async function run(): Promise<Outcome> {
    // What the last connection brought must be known as sent before this one asks what is pending.
    await Promise.race([marks.settled(), sleep(SETTLE_MS, undefined, { ref: false })]);
    const current = deliver();
    const stop = Promise.withResolvers<'stop'>();
    const onStop = () => stop.resolve('stop');
    stopping.addEventListener('abort', onStop);
    if (stopping.aborted) onStop();
    endings.push(
      () => stopping.removeEventListener('abort', onStop),
      journal.onRequeued(() => later(times.againMs, () => again.resolve('again'))),
    );
    const statusTimer = setInterval(() => {
      publishStatus();
      pictures.pump();
    }, times.statusMs);
    endings.push(() => clearInterval(statusTimer));
    publishStatus();
    void listen();
    // Before anything that ends with the connection is told so.
    void connection.ended.then(() => over.abort());
    options.onLink?.({
      subscribe: connection.subscribe,
      unsubscribe: connection.unsubscribe,
      publish: (message) => current.publish(message),
      ended: over.signal,
    });

    const paused = current.paused.then((reason) => ({ reason }));
    const ended = connection.ended.then((ending) => ({ ending }));
    const first = await Promise.race([ended, paused, again.promise, stop.promise]);
    over.abort();
    if (typeof first === 'object' && 'ending' in first)
      return { kind: 'ended', ending: first.ending, unanswered: current.unanswered };
    if (typeof first === 'object') {
      const ending = await hold(current, first.reason);
      if (ending) return { kind: 'ended', ending, unanswered: [] };
    }
    if (stopping.aborted) await sayGoodbye(current);
    else if (first === 'again') await drain(current);
    await connection.close();
    return { kind: stopping.aborted ? 'stopped' : first === 'again' ? 'again' : 'paused' };
  }

  function deliver(): Delivery {
    const { hunt } = options;
    const current = startDelivery({
      connection,
      queue: journal,
      marks,
      address,
      window: options.window,
      aloneUpTo: hunt.aloneUpTo,
      aside: hunt.suspect?.aside ? hunt.suspect.position : undefined,
      log,
      onSent: (record) => {
        if (options.onSent(record)) newConnectionWithin(times.slowMs);
        pictures.pump();
      },
      onDead: options.onDead,
      onDenied,
      onIdle: () => pictures.pump(),
    });
    delivery = current;
    options.onState('connected', null);
    pictures.use(current, connection);
    return current;
  }

  function onDenied(type: RecordType, reason: string): void {
    const what = `the broker does not take ${type === 'status' ? 'change' : type} records: ${reason}`;
    options.onState(type === 'read' ? 'held' : 'connected', what);
    newConnectionWithin(times.slowMs);
  }

  /** Without these rights everything still goes out: a PUBACK counts then. */
  async function listen(): Promise<void> {
    const topics = [topicOf(address, 'receipt'), topicOf(address, 'cmd/+')];
    const refusal = await connection.subscribe(topics, hear);
    if (refusal !== undefined && !stopping.aborted)
      log.warn({ topics, reason: refusal }, 'neither receipts nor commands come in');
  }

  async function hear(received: Received): Promise<void> {
    if (received.topic === topicOf(address, 'receipt')) return receipts.take(received.payload);
    const reply = await obey(received, { journal, pictures, decideHit, address, log });
    if (reply) await delivery?.publish(reply);
  }

  /** Connected, with status and last will in force, but no records go. Resolves with the ending if there is one. */
  async function hold(current: Delivery, reason: string): Promise<Ending | undefined> {
    options.onState('held', reason);
    void current.stop();
    const gone = new AbortController();
    const ended = connection.ended.then((ending) => {
      gone.abort();
      return ending;
    });
    const delayMs = retryDelayMs('soon', options.pauses + 1, Math.random(), times);
    await sleep(delayMs, undefined, { signal: AbortSignal.any([stopping, gone.signal]) }).catch(() => {});
    return gone.signal.aborted ? ended : undefined;
  }

  async function drain(current: Delivery): Promise<void> {
    await Promise.race([
      Promise.all([current.stop(), pictures.pause()]),
      sleep(times.closeMs, undefined, { ref: false }),
    ]);
  }

  async function sayGoodbye(current: Delivery): Promise<void> {
    const nothing = sleep(STATUS_MS, {}, { ref: false });
    const fields = await Promise.race([statusFields(), nothing]);
    const offline = current.publish(statusMessageOf(address, false, Date.now(), fields));
    await Promise.race([
      Promise.all([offline, current.stop()]),
      sleep(times.closeMs, undefined, { ref: false }),
    ]);
  }

  async function statusFields(): Promise<StatusFields> {
    try {
      return await options.status();
    } catch (error) {
      log.error({ reason: textOf(error) }, 'the status cannot be told');
      return {};
    }
  }

  async function publishStatus(): Promise<void> {
    const fields = await statusFields();
    if (stopping.aborted) return;
    const puback = await delivery?.publish(statusMessageOf(address, true, Date.now(), fields));
    if (puback && verdictOf(puback.code) !== 'taken')
      log.warn({ reason: wordsOf(puback.code) }, 'the broker does not take the status');
  }

  /** Not foreseen, so a defect: said aloud, and no reason to leave the connection open or to stop for good. */
  async function failed(error: unknown): Promise<Outcome> {
    log.error({ err: error }, 'the uplink failed');
    await connection.close();
    const { protocol } = connection;
    const message = `defect: ${textOf(error)}`;
    return {
      kind: 'ended',
      ending: { phase: 'connected', protocol, cause: 'error', code: 'internal', message },
      unanswered: [],
    };
  }

  const outcome = run()
    .catch(failed)
    .finally(() => {
      for (const timer of timers) clearTimeout(timer);
      for (const end of endings) end();
      over.abort();
      void pictures.pause();
      delivery = undefined;
    });

  return {
    get inFlight() {
      return delivery?.inFlight ?? 0;
    },
    outcome,
    publishStatus: () => void publishStatus(),
    wake: () => delivery?.wake(),
    finish: () => again.resolve('again'),
  };
}
