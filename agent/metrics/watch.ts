// Watches the running agent: counts what cannot be asked for afterwards, looks now and then whether a camera is quieter than it
// may be, and gives the facts out as metrics and as the health message.

import type { AgentStatus } from '../api/index.ts';
import type { Config } from '../config/index.ts';
import { changeRecordOf, type JournalRecord, type NewRecord } from '../journal/index.ts';
import type { Logger } from '../shared/log.ts';
import { countText } from '../shared/quantities.ts';
import { isoOf } from '../shared/time.ts';
import { expositionOf } from './exposition.ts';
import { createHistogram, type Histogram } from './histogram.ts';
import { hostFacts } from './host.ts';
import { isQuiet, quietSinceOf } from './quiet-policy.ts';
import type { Facts } from './table.ts';

const CONFIDENCE = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1];
const JOURNAL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DELIVERY_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Reads whose delivery is awaited: more than this wait only while the link is down, and say nothing of its speed. */
const MOST_AWAITED = 2000;
const LOOK_EVERY_MS = 15_000;

export interface WatchOptions {
  /** the configuration in force */
  config: () => Config;
  status: () => Promise<AgentStatus>;
  /** calls back for each record that is appended; returns what ends it */
  follow: (listener: (record: JournalRecord) => void) => () => void;
  /** calls back with the position of each record that the broker has acknowledged */
  onSent: (listener: (position: number, at: number) => void) => () => void;
  append: (record: NewRecord) => Promise<unknown>;
  log: Logger;
  /** for tests */
  lookEveryMs?: number;
}

export interface Watch {
  /** A read came: how sure it is, and how long after its passage it was on the disk. */
  kept(camera: string, confidence: number, sinceEndMs: number): void;
  facts(): Promise<Facts>;
  /** for Prometheus */
  text(): Promise<string>;
  close(): void;
}

export function startWatch(options: WatchOptions): Watch {
  const { config, status, append, log } = options;
  const confidence = new Map<string, Histogram>();
  const journalSeconds = createHistogram(JOURNAL_SECONDS);
  const deliverySeconds = createHistogram(DELIVERY_SECONDS);
  const awaited = new Map<number, number>();
  const seen = new Map<string, { passages: number; quietSince: number; quiet: boolean }>();

  const stopFollowing = options.follow((record) => {
    if (record.type !== 'read') return;
    awaited.set(record.position, record.appendedAt);
    const oldest = awaited.keys().next().value;
    if (awaited.size > MOST_AWAITED && oldest !== undefined) awaited.delete(oldest);
  });
  const stopHearing = options.onSent((position, at) => {
    const appendedAt = awaited.get(position);
    awaited.delete(position);
    if (appendedAt !== undefined) deliverySeconds.observe(Math.max(0, at - appendedAt) / 1000);
  });

  async function look(): Promise<void> {
    const now = Date.now();
    const { cameras, site, box } = await status();
    const allowed = new Map(config().cameras.map(({ id, quietMinutes }) => [id, quietMinutes]));
    for (const camera of cameras) {
      const before = seen.get(camera.id);
      const quietSince = quietSinceOf(before, camera, now);
      const minutes = allowed.get(camera.id);
      const allowedMs = minutes === undefined ? undefined : minutes * 60_000;
      const quiet = isQuiet({ allowedMs, quietSince, isStreaming: camera.state === 'streaming', now });
      seen.set(camera.id, { passages: camera.passages, quietSince, quiet });
      if (quiet === (before?.quiet ?? false)) continue;
      const fields = { camera: camera.id, since: isoOf(quietSince), quietMinutes: minutes };
      if (quiet) log.warn(fields, 'no vehicle has passed this camera for longer than it may be');
      else log.info(fields, 'vehicles pass this camera again');
      const state = quiet ? 'quiet' : 'passages';
      const reason =
        quiet && minutes !== undefined
          ? `no passage since ${isoOf(quietSince)}, allowed: ${countText(minutes, 'minute')}`
          : null;
      await append(changeRecordOf({ of: 'camera', name: camera.id, state, reason }, { site, box }, now));
    }
    for (const id of seen.keys()) if (!cameras.some((camera) => camera.id === id)) seen.delete(id);
  }
  const timer = setInterval(() => {
    look().catch((error) => log.warn({ error: String(error) }, 'the cameras could not be looked at'));
  }, options.lookEveryMs ?? LOOK_EVERY_MS);
  timer.unref();

  async function facts(): Promise<Facts> {
    const [now, host] = await Promise.all([status(), hostFacts(config())]);
    const watched = config().cameras.filter(({ quietMinutes }) => quietMinutes !== undefined);
    const states = (histograms: Map<string, Histogram>) =>
      new Map(Array.from(histograms, ([id, histogram]) => [id, histogram.state()]));
    return {
      status: now,
      host,
      quiet: new Map(watched.map(({ id }) => [id, seen.get(id)?.quiet ?? false])),
      confidence: states(confidence),
      journalSeconds: journalSeconds.state(),
      deliverySeconds: deliverySeconds.state(),
      now: Date.now(),
    };
  }

  return {
    kept(camera, value, sinceEndMs) {
      const histogram = confidence.get(camera) ?? createHistogram(CONFIDENCE);
      confidence.set(camera, histogram);
      histogram.observe(value);
      journalSeconds.observe(Math.max(0, sinceEndMs) / 1000);
    },
    facts,
    text: async () => expositionOf(await facts()),
    close() {
      clearInterval(timer);
      stopFollowing();
      stopHearing();
    },
  };
}
