// A seeded random walk over traffic, clutter, gaps, idling, clock steps and changes of resolution: what must hold for the
// events of any camera, whatever it sees.

import { test } from 'tap';
import type { PassageEvent } from '../../agent/passage/index.ts';
import type { Sighting } from '../../agent/vision/index.ts';
import { trackerOf } from './follow.ts';
import { look, picture, plateOf, type Random, randomOf, read, sightingAt, type Vehicle } from './road.ts';

function traffic(random: Random, seconds: number): Vehicle[] {
  const vehicles: Vehicle[] = [];
  for (let at = 0; at < seconds * 1000; at += 400 + 4000 * random()) {
    const stop = random() < 0.2 ? { stop: { atM: 12 + 15 * random(), ms: 20_000 * random() } } : {};
    const text = random() < 0.1 && vehicles.length > 0 ? vehicles.at(-1)!.text : plateOf(random);
    vehicles.push({
      text,
      at,
      speedKmh: 5 + 150 * random(),
      lateralM: 8 * (random() - 0.5),
      receding: random() < 0.5,
      ...stop,
    });
  }
  return vehicles;
}

function clutter(random: Random): Sighting[] {
  if (random() < 0.7) return [];
  const widthPx = 20 + 200 * random();
  const text = plateOf(random).slice(0, Math.floor(random() * 8));
  return [sightingAt([random() * 1920, random() * 1080], widthPx, read(text, widthPx, random), random())];
}

function check(events: PassageEvent[]): string[] {
  const wrong: string[] = [];
  const state = new Map<string, { sure: boolean; over: boolean }>();
  for (const event of events) {
    const id = 'id' in event ? event.id : event.result.id;
    const known = state.get(id);
    if (event.type === 'begun') {
      if (known !== undefined) wrong.push(`${id} begun twice`);
      state.set(id, { sure: false, over: false });
      continue;
    }
    if (known === undefined || known.over) {
      wrong.push(`${id}: ${event.type} outside of its passage`);
      continue;
    }
    if (event.type === 'sure' && known.sure) wrong.push(`${id} sure twice`);
    if (event.type === 'sure') known.sure = true;
    if (event.type === 'ended' || event.type === 'dropped') known.over = true;
    if (event.type === 'better-picture' || event.type === 'ripe') continue;
    const { result } = event;
    if (result.firstSeen > result.lastSeen || result.lastSeen > event.at)
      wrong.push(`${id}: times out of order`);
    if (!(result.confidence >= 0 && result.confidence <= 1))
      wrong.push(`${id}: confidence ${result.confidence}`);
    if (result.slots.length !== result.text.length) wrong.push(`${id}: slots do not fit its text`);
    if (result.alternatives.some(({ text }) => text === result.text))
      wrong.push(`${id}: its text as alternative`);
    const sum = result.confidence + result.alternatives.reduce((total, each) => total + each.confidence, 0);
    if (sum > 1 + 1e-6) wrong.push(`${id}: probabilities add up to ${sum}`);
    if (event.type === 'ended' && (result.framesUsed < 1 || result.text.length < 3))
      wrong.push(`${id}: no read`);
  }
  for (const [id, { over }] of state) if (!over) wrong.push(`${id} is open after close`);
  return wrong;
}

test('whatever a camera sees: each passage begins once, is sure at most once and is over exactly once', (t) => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomOf(seed);
    const vehicles = traffic(random, 60);
    const tracker = trackerOf();
    const events: PassageEvent[] = [];
    let clock = 1_000_000 * seed;
    let scale = 1;
    for (let at = 0; at < 60_000; at += 20 + 200 * random()) {
      if (random() < 0.01) at += 5000 * random();
      if (random() < 0.003) clock += 20_000 * (random() - 0.5);
      if (random() < 0.005) scale = random() < 0.5 ? 1 : 0.5;
      if (random() < 0.2) {
        events.push(...tracker.idle(clock + at));
        continue;
      }
      const sightings = [...look(vehicles, at, random, 0.15), ...clutter(random)].map((each) =>
        scaled(each, scale),
      );
      const size = { width: picture.width * scale, height: picture.height * scale };
      events.push(...tracker.follow({ capturedAt: clock + at, ...size }, sightings));
    }
    events.push(...tracker.close(clock + 60_000));
    t.same(check(events), [], `seed ${seed}`);
    t.match(tracker.open(), { open: 0, told: 0 });
    t.ok(events.some((event) => event.type === 'ended'));
  }
  t.end();
});

test('the same frames give the same events', (t) => {
  const run = () => {
    const random = randomOf(99);
    const tracker = trackerOf();
    const vehicles = traffic(random, 20);
    const events: PassageEvent[] = [];
    for (let at = 0; at < 20_000; at += 80)
      events.push(...tracker.follow({ capturedAt: at, ...picture }, look(vehicles, at, random)));
    return [...events, ...tracker.close(20_000)];
  };
  t.same(run(), run());
  t.end();
});

function scaled(sighting: Sighting, scale: number): Sighting {
  const corners = sighting.corners.map(([x, y]) => [x * scale, y * scale]) as Sighting['corners'];
  const [x, y, width, height] = sighting.box;
  return { ...sighting, corners, box: [x * scale, y * scale, width * scale, height * scale] };
}
