// The same facts as a message to the centre. Pure, but for its sending.

import { type Address, CONTRACT_VERSION, type HealthMessage, topicOf } from '../contract/index.ts';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { isoOf } from '../shared/time.ts';
import type { Link } from '../uplink/index.ts';
import { type HistogramState, quantile } from './histogram.ts';
import type { Facts } from './table.ts';

const EVERY_MS = 60_000;

export function healthMessageOf({
  status,
  host,
  quiet,
  journalSeconds,
  deliverySeconds,
  now,
}: Facts): HealthMessage {
  const { site, box, journal } = status;
  return {
    ...{ schema: CONTRACT_VERSION, type: 'health', site, box, at: isoOf(now) },
    ...{ agent: status.version, startedAt: isoOf(status.startedAt) },
    cameras: status.cameras.map((camera) => ({
      id: camera.id,
      state: camera.state,
      fps: camera.fps,
      framesTotal: camera.framesDecoded,
      framesDroppedTotal: camera.framesDropped,
      passagesTotal: camera.passages,
      readsTotal: camera.reads,
      lastReadAt: camera.lastReadAt === null ? null : isoOf(camera.lastReadAt),
      quiet: quiet.get(camera.id) ?? null,
    })),
    journalLatency: latencyOf(journalSeconds),
    deliveryLatency: latencyOf(deliverySeconds),
    queue: {
      ...{ pending: journal.pending, sent: journal.sent, dead: journal.dead },
      oldestPendingSeconds:
        journal.oldestPendingAt === null ? 0 : Math.max(0, now - journal.oldestPendingAt) / 1000,
      waiting: status.waiting.reads,
    },
    certificates: host.certificates.map(({ certificate, days }) => ({ certificate, days: Math.floor(days) })),
    computer: {
      temperatureCelsius: host.celsius,
      memoryBytes: host.residentBytes,
      diskFreeBytes: host.diskFreeBytes,
      journalBytes: journal.sizeBytes,
      clock: host.clock,
    },
  };
}

function latencyOf(state: HistogramState) {
  const ms = (share: number) => {
    const seconds = quantile(state, share);
    return seconds === null ? null : Math.round(seconds * 1000);
  };
  return { count: state.count, p50Ms: ms(0.5), p95Ms: ms(0.95) };
}

/** Publishes at once and then each minute, until the connection ends. A message that fails is followed by the next. */
export function publishHealth(
  link: Link,
  address: Address,
  facts: () => Promise<Facts>,
  log: Logger,
  everyMs = EVERY_MS,
): void {
  const tell = async () => {
    try {
      const payload = Buffer.from(JSON.stringify(healthMessageOf(await facts())));
      if (link.ended.aborted) return;
      await link.publish({ topic: topicOf(address, 'health'), payload, retain: true });
    } catch (error) {
      log.warn(`the health message could not be made: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => void tell(), everyMs);
  link.ended.addEventListener('abort', () => clearInterval(timer), { once: true });
  void tell();
}
