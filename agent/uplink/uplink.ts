// The life of the uplink: one connection after the other, for as long as the agent runs. It reads the journal and
// publishes; it keeps nothing of its own, so a crash loses nothing. Nothing that happens on the way to the
// broker leaves this file as an error: it becomes a state with a reason.

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuedRecord } from '../journal/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import { type Connection, connect, type Tls } from './connection.ts';
import {
  type Ending,
  type Judgement,
  judge,
  type Protocol,
  RETRY_TIMES,
  retryDelayMs,
  verdictOnRecord,
} from './connection-policy.ts';
import { type Delivery, type Pause, startDelivery } from './delivery.ts';
import { createMarks } from './marks.ts';
import { statusMessageOf } from './message.ts';
import { verdictOf, wordsOf } from './reasons.ts';
import type { Uplink, UplinkOptions, UplinkState, UplinkTimes } from './types.ts';

const TIMES: UplinkTimes = { ...RETRY_TIMES, connectMs: 20_000, closeMs: 2000 };
/** A broker that turned out to speak only 3.1.1 is asked for MQTT 5 again after this time. */
const REMEMBER_PROTOCOL_MS = 3_600_000;
/** A connection that lasted so long, or delivered a record, was no failure. */
const GOOD_CONNECTION_MS = 10_000;

export const UPLINK_OFF: UplinkState = {
  state: 'off',
  reason: 'no uplink is configured',
  broker: null,
  protocol: null,
  since: 0,
  failures: 0,
  inFlight: 0,
  sentTotal: 0,
  deadTotal: 0,
  lastSentAt: null,
};

/** Starts at once and never throws; being offline is normal. */
export function startUplink(options: UplinkOptions): Uplink {
  const { journal, config, address, log, signal } = options;
  const times = { ...TIMES, ...options.times };
  const stopping = new AbortController();
  const watchers = new Set<(state: UplinkState) => void>();
  let state: UplinkState = {
    ...UPLINK_OFF,
    state: 'connecting',
    reason: null,
    broker: config.url,
    since: Date.now(),
  };
  let delivery: Delivery | undefined;
  let oldProtocolUntilMs = 0;
  /** how often in a row the broker would not take records */
  let pauses = 0;
  /** records up to this position are sent one at a time */
  let aloneUpTo = 0;

  const marks = createMarks(journal, log, () => delivery?.wake());

  function snapshot(): UplinkState {
    return { ...state, inFlight: delivery?.inFlight ?? 0 };
  }

  function change(to: Partial<UplinkState> & Pick<UplinkState, 'state' | 'reason'>): void {
    const isNews = to.state !== state.state || to.reason !== state.reason;
    state = { ...state, ...to, since: to.state === state.state ? state.since : Date.now() };
    if (!isNews) return;
    const level = state.state === 'refused' || state.state === 'held' ? 'warn' : 'info';
    log[level](
      { state: state.state, reason: state.reason, protocol: state.protocol },
      `uplink ${state.state}`,
    );
    for (const watcher of watchers) watcher(snapshot());
  }

  function nextProtocol(fallBack: boolean): Protocol {
    if (config.protocol !== 'auto') return config.protocol;
    return fallBack || performance.now() < oldProtocolUntilMs ? '3.1.1' : '5';
  }

  async function attempt(protocol: Protocol): Promise<Connection | Ending> {
    let password: string | undefined;
    let tls: Tls;
    try {
      const secrets = (await options.secrets?.()) ?? {};
      password = secrets.password;
      tls = {
        ...(config.caFile ? { ca: await readFile(config.caFile) } : {}),
        ...(config.certFile ? { cert: await readFile(config.certFile) } : {}),
        ...(secrets.key ? { key: secrets.key } : {}),
      };
    } catch (error) {
      return { phase: 'connecting', protocol, cause: 'error', code: 'configuration', message: textOf(error) };
    }
    return connect({
      url: config.url,
      protocol,
      clientId: config.clientId ?? `anpr-${address.site}-${address.box}`,
      ...(config.username === undefined ? {} : { username: config.username }),
      ...(password === undefined ? {} : { password }),
      tls,
      keepAliveSeconds: config.keepAliveSeconds,
      connectTimeoutMs: times.connectMs,
      will: statusMessageOf(address, false, undefined),
      signal: stopping.signal,
    });
  }

  async function run(): Promise<void> {
    let fallBack = false;
    while (!stopping.signal.aborted) {
      const protocol = nextProtocol(fallBack);
      let judgement: Judgement;
      try {
        const ending = await once(protocol);
        if (ending === 'paused') continue;
        judgement = judge(ending, config.protocol);
      } catch (error) {
        // Not foreseen, so a defect: said aloud, and no reason to stop for good on a box that nobody visits.
        log.error({ err: error }, 'the uplink failed');
        judgement = { state: 'waiting', reason: `defect: ${textOf(error)}`, retry: 'soon' };
      }
      if (stopping.signal.aborted) break;
      fallBack = judgement.retry === 'other-protocol';
      await waitAfter(judgement);
    }
  }

  /** One attempt and, when it succeeds, the whole connection. */
  async function once(protocol: Protocol): Promise<Ending | 'paused'> {
    change({ state: 'connecting', reason: state.reason, protocol });
    const connection = await attempt(protocol);
    if ('cause' in connection) return connection;
    if (protocol === '3.1.1') oldProtocolUntilMs = performance.now() + REMEMBER_PROTOCOL_MS;
    const sentBefore = state.sentTotal;
    const beganMs = performance.now();
    const outcome = await serve(connection);
    const delivered = state.sentTotal > sentBefore;
    if (delivered && outcome !== 'paused') pauses = 0;
    if (delivered || outcome === 'paused' || performance.now() - beganMs > GOOD_CONNECTION_MS)
      state = { ...state, failures: 0 };
    return outcome;
  }

  /** Until the connection ends, or until a pause is over: then the next one starts from the oldest pending record. */
  async function serve(connection: Connection): Promise<Ending | 'paused'> {
    const current = startDelivery({
      connection,
      queue: journal,
      marks,
      address,
      window: config.window,
      aloneUpTo,
      log,
      onDelivered: () => {
        state.sentTotal++;
        state.lastSentAt = Date.now();
      },
      onDead: noteDeadLetter,
    });
    delivery = current;
    const stop = Promise.withResolvers<'stop'>();
    const onStop = () => stop.resolve('stop');
    stopping.signal.addEventListener('abort', onStop);
    try {
      change({ state: 'connected', reason: null });
      publishStatus();
      const first = stopping.signal.aborted
        ? 'stop'
        : await Promise.race([connection.ended, current.paused, stop.promise]);
      if (first !== 'stop' && 'cause' in first) return await findCulprit(first, current);
      const ending = first === 'stop' ? undefined : await hold(connection, current, first);
      if (ending) return ending;
      if (stopping.signal.aborted) await sayGoodbye(current);
      await connection.close();
      return 'paused';
    } finally {
      stopping.signal.removeEventListener('abort', onStop);
      delivery = undefined;
    }
  }

  function noteDeadLetter(record: QueuedRecord, reason: string): void {
    state.deadTotal++;
    log.warn({ id: record.id, seq: record.seq, reason }, 'dead letter');
  }

  /** When the broker ended the connection because of a record: the one that was alone, or one of these next time. */
  async function findCulprit(ending: Ending, { unanswered }: Delivery): Promise<Ending> {
    const reason = verdictOnRecord(ending);
    const [first, ...others] = unanswered;
    if (reason === undefined || !first) return ending;
    if (others.length > 0) aloneUpTo = Math.max(...unanswered.map(({ position }) => position));
    else {
      noteDeadLetter(first, reason);
      await journal.markDead(first.position, reason);
    }
    return ending;
  }

  /** Connected, with status and last will in force, but no records go. Resolves with the ending if there is one. */
  async function hold(connection: Connection, current: Delivery, why: Pause): Promise<Ending | undefined> {
    change({ state: 'held', reason: why.reason });
    pauses++;
    void current.stop();
    const over = new AbortController();
    const ended = connection.ended.then((ending) => {
      over.abort();
      return ending;
    });
    const delayMs = retryDelayMs(why.verdict === 'denied' ? 'slowly' : 'soon', pauses, Math.random(), times);
    await delay(delayMs, AbortSignal.any([stopping.signal, over.signal]));
    return over.signal.aborted ? ended : undefined;
  }

  async function sayGoodbye(current: Delivery): Promise<void> {
    const offline = current.publish(statusMessageOf(address, false, Date.now(), statusFields()));
    await Promise.race([
      Promise.all([offline, current.stop()]),
      sleep(times.closeMs, undefined, { ref: false }),
    ]);
  }

  async function waitAfter(judgement: Judgement): Promise<void> {
    if (judgement.retry === 'other-protocol') {
      state = { ...state, reason: judgement.reason };
      return;
    }
    const failures = state.failures + 1;
    change({ state: judgement.state, reason: judgement.reason, failures });
    await delay(retryDelayMs(judgement.retry, failures, Math.random(), times), stopping.signal);
  }

  async function delay(delayMs: number, endEarly: AbortSignal): Promise<void> {
    await sleep(delayMs, undefined, { signal: endEarly }).catch(() => {});
  }

  function statusFields() {
    try {
      return options.status();
    } catch (error) {
      log.error({ reason: textOf(error) }, 'the status cannot be told');
      return {};
    }
  }

  function publishStatus(): void {
    delivery?.publish(statusMessageOf(address, true, Date.now(), statusFields())).then((puback) => {
      if (puback && verdictOf(puback.code) !== 'delivered')
        log.warn({ reason: wordsOf(puback.code) }, 'the broker does not take the status');
    });
  }

  const finished = run();

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', close);
      stopping.abort();
      await finished;
      await marks.close();
      change({ state: 'closed', reason: null });
      watchers.clear();
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) void close();

  return {
    state: snapshot,
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    publishStatus,
    close,
  };
}
