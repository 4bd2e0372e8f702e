// Drives a tracker over a road and gathers what it tells.

import {
  createTracker,
  type PassageEvent,
  type PassageResult,
  type Tracker,
  type TrackerConfig,
} from '../../agent/passage/index.ts';
import { look, picture, type Random, randomOf, type Vehicle } from './road.ts';

export const plain: TrackerConfig = {
  lanes: [],
  masks: [],
  reads: { minConfidence: 0.3, minCharacters: 3, uncertainBelow: 0.9 },
};

export function trackerOf(config: Partial<TrackerConfig> = {}): Tracker {
  let n = 0;
  return createTracker({ ...plain, ...config }, () => `id-${++n}`);
}

export function readsOf(events: PassageEvent[]): PassageResult[] {
  return events.flatMap((event) => (event.type === 'ended' ? [event.result] : []));
}

export interface Drive {
  vehicles: Vehicle[];
  from?: number;
  to: number;
  /** ms between looks */
  every: number;
  seed?: number;
  missShare?: number;
  config?: Partial<TrackerConfig>;
  /** frames between looks, told as idle */
  idleEvery?: number;
  /** further sightings at a time */
  clutter?: (t: number, random: Random) => ReturnType<typeof look>;
}

/** All events of a drive, `close` included, with the time of each. */
export function drive(it: Drive): PassageEvent[] {
  const tracker = trackerOf(it.config);
  const random = randomOf(it.seed ?? 1);
  const events: PassageEvent[] = [];
  for (let t = it.from ?? 0; t <= it.to; t += it.every) {
    const sightings = look(it.vehicles, t, random, it.missShare);
    if (it.clutter !== undefined) sightings.push(...it.clutter(t, random));
    events.push(...tracker.follow({ capturedAt: t, ...picture }, sightings));
    if (it.idleEvery !== undefined)
      for (let between = t + it.idleEvery; between < t + it.every; between += it.idleEvery)
        events.push(...tracker.idle(between));
  }
  events.push(...tracker.close(it.to));
  return events;
}
