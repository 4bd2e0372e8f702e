// The life of the uplink: one connection after the other, for as long as the agent runs. It reads the journal and
// publishes; it keeps nothing of its own, so a crash loses nothing. Nothing that happens on the way to the
// broker leaves this file as an error: it becomes a state with a reason.

import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuedRecord } from '../journal/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import { attempt } from './attempt.ts';
import { afterFailure, brokersOf } from './broker-policy.ts';
import type { Connection } from './connection.ts';
import {
  type Ending,
  isWordless,
  type Judgement,
  judge,
  type Protocol,
  RETRY_TIMES,
  retryDelayMs,
  retryTimesOf,
  verdictOnRecord,
} from './connection-policy.ts';
import { afterAccepted, afterClosing, type Hunt, NO_HUNT } from './culprit-policy.ts';
import { createMarks } from './marks.ts';
import { createPictures } from './pictures.ts';
import { RECEIPT_TIMES } from './receipt-policy.ts';
import { createReceipts } from './receipts.ts';
import { type Found, seekEarlier } from './seek.ts';
import { type Outcome, type Session, startSession } from './session.ts';
import { keepState } from './state.ts';
import type { Uplink, UplinkOptions, UplinkTimes } from './types.ts';

const TIMES: UplinkTimes = {
  ...RETRY_TIMES,
  ...RECEIPT_TIMES,
  connectMs: 20_000,
  closeMs: 2000,
  returnMs: 60_000,
  statusMs: 60_000,
  againMs: 500,
  graceMs: 30_000,
};
/** A broker that turned out to speak only 3.1.1 is asked for MQTT 5 again after this time. */
const REMEMBER_PROTOCOL_MS = 3_600_000;
/** A connection that lasted so long, or delivered a record, was no failure. */
const GOOD_CONNECTION_MS = 10_000;
/** So long an attempt at an earlier broker may still take when the later one's connection has ended. */
const SEEK_GRACE_MS = 5000;

/** Starts at once and never throws; being offline is normal. */
export function startUplink(options: UplinkOptions): Uplink {
  const { journal, config, address, log, signal } = options;
  const times = { ...TIMES, ...retryTimesOf(config.reconnectSeconds), ...options.times };
  const brokers = brokersOf(config);
  const stopping = new AbortController();
  let session: Session | undefined;
  const state = keepState(config.url, () => session?.inFlight ?? 0, log);
  /** by broker: until when it is asked for 3.1.1 at once */
  const oldProtocolUntilMs = new Map<number, number>();
  /** how often in a row the broker would not take records */
  let pauses = 0;
  let hunt: Hunt = NO_HUNT;
  let sentTotal = 0;
  let deadTotal = 0;

  const marks = createMarks(journal, log, () => session?.wake());
  const receipts = createReceipts({ journal, address, times, graceMs: times.graceMs, log });
  const pictures = createPictures({
    journal,
    evidence: options.evidence,
    config: config.pictures,
    address,
    log,
  });

  function nextProtocol(index: number, fallBack: boolean): Protocol {
    if (config.protocol !== 'auto') return config.protocol;
    return fallBack || performance.now() < (oldProtocolUntilMs.get(index) ?? 0) ? '3.1.1' : '5';
  }

  async function reach(index: number, fallBack: boolean, end: AbortSignal): Promise<Connection | Ending> {
    const protocol = nextProtocol(index, fallBack);
    const connection = await attempt({
      broker: brokers[index]!,
      protocol,
      config,
      address,
      secrets: options.secrets,
      connectTimeoutMs: times.connectMs,
      signal: end,
    });
    if (!('cause' in connection) && protocol === '3.1.1')
      oldProtocolUntilMs.set(index, performance.now() + REMEMBER_PROTOCOL_MS);
    return connection;
  }

  /** With MQTT 5, and with 3.1.1 where that is all the broker has. */
  async function reachEither(index: number, end: AbortSignal): Promise<Connection | Ending> {
    const reached = await reach(index, false, end);
    const fallBack = 'cause' in reached && judge(reached, config.protocol).retry === 'other-protocol';
    return fallBack ? reach(index, true, end) : reached;
  }

  async function run(): Promise<void> {
    let index = 0;
    let fallBack = false;
    let found: Found | undefined;
    while (!stopping.signal.aborted) {
      index = found?.index ?? index;
      let judgement: Judgement | undefined;
      try {
        const broker = brokers[index]!.url;
        if (!found)
          state.change({
            state: 'connecting',
            reason: state.now.reason,
            broker,
            protocol: nextProtocol(index, fallBack),
          });
        const connection = found?.connection ?? (await reach(index, fallBack, stopping.signal));
        found = undefined;
        if ('cause' in connection) judgement = judge(connection, config.protocol);
        else ({ judgement, found } = await serve(connection, index));
        if (!('cause' in connection) && judgement) index = 0;
        else if (judgement && judgement.retry !== 'other-protocol')
          index = afterFailure(index, brokers.length).index;
      } catch (error) {
        // Not foreseen, so a defect: said aloud, and no reason to stop for good on a box that nobody visits.
        log.error({ err: error }, 'the uplink failed');
        judgement = { state: 'waiting', reason: `defect: ${textOf(error)}`, retry: 'soon' };
      }
      if (stopping.signal.aborted) break;
      fallBack = judgement?.retry === 'other-protocol';
      if (judgement) await waitAfter(judgement, index);
    }
    await found?.connection.close();
  }

  /** A connection from its first message to its end. No judgement: the next one follows at once. */
  async function serve(
    connection: Connection,
    index: number,
  ): Promise<{ judgement?: Judgement; found?: Found }> {
    const sentBefore = state.now.sentTotal;
    const beganMs = performance.now();
    state.change({
      state: state.now.state,
      reason: state.now.reason,
      broker: brokers[index]!.url,
      protocol: connection.protocol,
    });
    const current = startSession({
      connection,
      journal,
      marks,
      pictures,
      receipts,
      address,
      window: config.window,
      hunt,
      pauses,
      times,
      status: options.status,
      onLink: options.onLink,
      decideHit: options.decideHit,
      log,
      stopping: stopping.signal,
      onState: (to, reason) => state.change({ state: to, reason }),
      onSent,
      onDead: noteDeadLetter,
    });
    session = current;
    const seek = seekEarlier(index, times.returnMs, reachEither, stopping.signal);
    const earlier = seek.found.then((found) => found && current.finish());
    const outcome = await current.outcome;
    // Brokers of one cluster end the old connection when the new one comes: that one may be on its way.
    await seek.stop(outcome.kind === 'ended' ? SEEK_GRACE_MS : 0);
    await earlier;
    const found = await seek.found;
    session = undefined;
    note(outcome, state.now.sentTotal > sentBefore, performance.now() - beganMs);
    if (found) return { found };
    if (outcome.kind !== 'ended') return {};
    receipts.broke();
    await findCulprit(outcome);
    return { judgement: judge(outcome.ending, config.protocol) };
  }

  function note({ kind }: Outcome, hasSent: boolean, lastedMs: number): void {
    if (kind === 'paused') pauses++;
    else if (hasSent) pauses = 0;
    if (hasSent || kind !== 'ended' || lastedMs > GOOD_CONNECTION_MS) state.note({ failures: 0 });
  }

  function onSent(record: QueuedRecord): boolean {
    state.note({ sentTotal: ++sentTotal, lastSentAt: Date.now() });
    if (record.type === 'hit') pictures.hitSent();
    if (hunt === NO_HUNT) return false;
    const wasAside = hunt.suspect?.aside;
    hunt = afterAccepted(hunt, record);
    return wasAside === true && hunt.suspect?.aside === false;
  }

  function noteDeadLetter(record: QueuedRecord, reason: string): void {
    state.note({ deadTotal: ++deadTotal });
    log.warn({ id: record.id, seq: record.seq, reason }, 'dead letter');
  }

  /** When the broker ended the connection because of a record: the one that was alone, or one of these next time. */
  async function findCulprit({ ending, unanswered }: Extract<Outcome, { kind: 'ended' }>): Promise<void> {
    let reason = verdictOnRecord(ending);
    let bury: QueuedRecord | undefined;
    if (reason !== undefined && unanswered.length > 1)
      hunt = { ...hunt, aloneUpTo: Math.max(...unanswered.map(({ position }) => position)) };
    else if (reason !== undefined) bury = unanswered[0];
    else if (isWordless(ending)) {
      ({ hunt, bury } = afterClosing(hunt, unanswered));
      reason = 'the broker hangs up on it again and again, and takes others';
    }
    if (!bury || reason === undefined) return;
    noteDeadLetter(bury, reason);
    const { id, position } = bury;
    await journal.markDead(position, reason).catch((error) => {
      // Still pending: it comes again on the next connection, and is judged again.
      log.error({ id, reason: textOf(error) }, 'a dead letter cannot be written down');
    });
  }

  async function waitAfter(judgement: Judgement, next: number): Promise<void> {
    if (judgement.retry === 'other-protocol') {
      state.note({ reason: judgement.reason });
      return;
    }
    const failures = state.now.failures + 1;
    state.change({ state: judgement.state, reason: judgement.reason, failures });
    // Somebody has to act at that broker; the next one may do without.
    const retry = next > 0 ? 'soon' : judgement.retry;
    const inARow = next > 0 ? 1 : Math.ceil(failures / brokers.length);
    await delay(retryDelayMs(retry, inARow, Math.random(), times), stopping.signal);
  }

  async function delay(delayMs: number, endEarly: AbortSignal): Promise<void> {
    await sleep(delayMs, undefined, { signal: endEarly }).catch(() => {});
  }

  const finished = run();

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', close);
      stopping.abort();
      await finished;
      await receipts.close();
      await marks.close();
      state.change({ state: 'closed', reason: null });
      state.close();
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) void close();

  return {
    state: () => state.now,
    watch: state.watch,
    publishStatus: () => session?.publishStatus(),
    close,
  };
}
