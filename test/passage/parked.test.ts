import { test } from 'tap';
import type { PassageEvent, Tracker } from '../../agent/passage/index.ts';
import type { Sighting } from '../../agent/vision/index.ts';
import { drive, readsOf, trackerOf } from './follow.ts';
import {
  gaussOf,
  picture,
  type Random,
  randomOf,
  read,
  readingOf,
  sightingAt,
  type Vehicle,
} from './road.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const texts = (events: PassageEvent[]) => readsOf(events).map(({ text }) => text);

/** A parked plate as a breathing detector sees it. */
function parked(text: string, random: Random, x = 900, y = 500): Sighting {
  const jitter = () => 1.5 * gaussOf(random);
  return sightingAt(
    [x + jitter(), y + jitter()],
    100 * Math.exp(0.03 * gaussOf(random)),
    read(text, 100, random),
  );
}

/** Looks from..to. */
function follow(
  tracker: Tracker,
  [from, to, every]: [number, number, number],
  sightings: (at: number) => Sighting[],
): PassageEvent[] {
  const events: PassageEvent[] = [];
  for (let at = from; at < to; at += every)
    events.push(...tracker.follow({ capturedAt: at, ...picture }, sightings(at)));
  return events;
}

test('a car parked for an hour gives one read, ten seconds after it came to stand', (t) => {
  const random = randomOf(3);
  const tracker = trackerOf();
  const events = follow(tracker, [0, 60 * MINUTE, 500], () =>
    random() < 0.2 ? [] : [parked('1ABC123', random)],
  );
  const ended = events.filter((event) => event.type === 'ended');
  t.same(texts(events), ['1ABC123']);
  t.ok(ended[0]!.at < 11 * SECOND);
  t.equal(ended[0]!.result.direction, 'stationary');
  t.same(texts(tracker.close(60 * MINUTE)), []);
  t.end();
});

test('nobody looks while nothing moves: the read comes all the same, and only once', (t) => {
  const random = randomOf(4);
  const tracker = trackerOf();
  const events = follow(tracker, [0, 3 * SECOND, 100], () => [parked('1ABC123', random)]);
  for (let at = 3 * SECOND; at < 30 * MINUTE; at += SECOND) events.push(...tracker.idle(at));
  t.same(texts(events), ['1ABC123']);
  events.push(
    ...follow(tracker, [30 * MINUTE, 30 * MINUTE + SECOND, 100], () => [parked('1ABC123', random)]),
  );
  events.push(...tracker.close(31 * MINUTE));
  t.same(texts(events), ['1ABC123']);
  t.end();
});

test('hidden for ten minutes or unreadable for a night, then seen again: no second read', (t) => {
  const random = randomOf(5);
  const tracker = trackerOf();
  const events = follow(tracker, [0, MINUTE, 200], () => [parked('1ABC123', random)]);
  events.push(...follow(tracker, [MINUTE, 11 * MINUTE, 200], () => []));
  events.push(...follow(tracker, [11 * MINUTE, 12 * MINUTE, 200], () => [parked('1ABC123', random)]));
  const night = () => (random() < 0.1 ? [sightingAt([900, 500], 100, readingOf('', 0.5), 0.35)] : []);
  events.push(...follow(tracker, [12 * MINUTE, 500 * MINUTE, SECOND], night));
  events.push(...follow(tracker, [500 * MINUTE, 501 * MINUTE, 200], () => [parked('1ABC123', random)]));
  events.push(...tracker.close(502 * MINUTE));
  t.same(texts(events), ['1ABC123']);
  t.end();
});

test('it drives off: no second read', (t) => {
  for (const stopMs of [3, 12, 60]) {
    const vehicles = [{ text: '1ABC123', at: 0, speedKmh: 30, stop: { atM: 20, ms: stopMs * SECOND } }];
    const events = drive({ vehicles, to: 75 * SECOND, every: 100 });
    t.same(texts(events), ['1ABC123'], `after ${stopMs} s`);
  }
  t.end();
});

test('it leaves and comes back: a second read', (t) => {
  const vehicles = [
    { text: '1ABC123', at: 0, speedKmh: 30, stop: { atM: 20, ms: 30 * SECOND } },
    { text: '1ABC123', at: 4 * MINUTE, speedKmh: 30, stop: { atM: 20, ms: 30 * SECOND } },
  ];
  t.same(texts(drive({ vehicles, to: 5 * MINUTE, every: 100 })), ['1ABC123', '1ABC123']);
  t.end();
});

test('it leaves unseen and comes back minutes later: a second read, for it is seen driving in', (t) => {
  const stop = { atM: 20, ms: 30 * SECOND };
  const vehicles: Vehicle[] = [
    { text: '1ABC123', at: 0, speedKmh: 30, stop, hidden: [[30 * SECOND, MINUTE]] },
    { text: '1ABC123', at: 6 * MINUTE, speedKmh: 30, stop },
  ];
  t.same(texts(drive({ vehicles, to: 8 * MINUTE, every: 100 })), ['1ABC123', '1ABC123']);
  t.end();
});

test('another car in the same place has its own read', (t) => {
  const random = randomOf(6);
  const tracker = trackerOf();
  const events = follow(tracker, [0, MINUTE, 200], () => [parked('1ABC123', random)]);
  events.push(...follow(tracker, [MINUTE, 5 * MINUTE, 200], () => []));
  events.push(...follow(tracker, [5 * MINUTE, 6 * MINUTE, 200], () => [parked('2XYZ789', random)]));
  events.push(...tracker.close(6 * MINUTE));
  t.same(texts(events), ['1ABC123', '2XYZ789']);
  t.end();
});

test('traffic passes a row of parked cars: each parked car once, each passing car once', (t) => {
  const random = randomOf(8);
  const row = ['1PAR111', '1PAR112', '1PAR113'];
  const passing = Array.from({ length: 20 }, (_, i) => ({
    text: `2CAR${100 + i * 7}`,
    at: 20 * SECOND + i * 3 * SECOND,
    speedKmh: 50 + 3 * i,
  }));
  const clutter = () =>
    row.flatMap((text, index) => (random() < 0.1 ? [] : [parked(text, random, 300, 300 + 250 * index)]));
  const events = drive({ vehicles: passing, to: 90 * SECOND, every: 100, clutter });
  t.same(texts(events).sort(), [...row, ...passing.map(({ text }) => text)].sort());
  t.end();
});

test('what stands and cannot be read waits for light', (t) => {
  const random = randomOf(9);
  const tracker = trackerOf();
  const dark = () => [sightingAt([900, 500], 100, readingOf('', 0.5), 0.4)];
  const events = follow(tracker, [0, MINUTE, 200], dark);
  t.same(readsOf(events), []);
  events.push(...follow(tracker, [MINUTE, 2 * MINUTE, 200], () => [parked('1ABC123', random)]));
  t.same(texts(events), ['1ABC123']);
  t.end();
});

test('a sign that the detector is never sure of gives no read, one look that is makes it a plate', (t) => {
  for (const [score, reads] of [
    [0.55, []],
    [0.65, ['124']],
  ] as const) {
    const sign = () => [sightingAt([300, 200], 46, readingOf('124'), score)];
    const tracker = trackerOf();
    const events = follow(tracker, [0, 30 * SECOND, 200], sign);
    events.push(...tracker.close(30 * SECOND));
    t.same(texts(events), reads, `score ${score}`);
  }
  t.end();
});
