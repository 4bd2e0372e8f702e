import { test } from 'tap';
import type { PassageEvent } from '../../agent/passage/index.ts';
import type { Sighting } from '../../agent/vision/index.ts';
import { drive, readsOf, trackerOf } from './follow.ts';
import { picture, plateOf, randomOf, readingOf, sightingAt, slotOf, type Vehicle } from './road.ts';

const car = (text: string, facts: Partial<Vehicle> = {}): Vehicle => ({
  text,
  at: 0,
  speedKmh: 60,
  ...facts,
});
const texts = (events: PassageEvent[]) => readsOf(events).map(({ text }) => text);
const count = (events: PassageEvent[], type: PassageEvent['type']) =>
  events.filter((event) => event.type === type).length;
/** Looks at a plate standing still at [x, y]. */
const still = (text: string, x = 900, y = 500, share = 0.98): Sighting =>
  sightingAt([x, y], 100, readingOf(text, share));
const frame = (capturedAt: number) => ({ capturedAt, ...picture });

test('one vehicle passing gives one read, at any speed and look rate a camera should have', (t) => {
  for (const speedKmh of [10, 30, 50, 90, 130, 160])
    for (const every of [40, 80, 125, 160])
      for (const receding of [false, true]) {
        const events = drive({ vehicles: [car('1ABC123', { speedKmh, receding })], to: 20_000, every });
        const what = `${speedKmh} km/h ${receding ? 'away' : 'nearer'}, a look each ${every} ms`;
        t.same(texts(events), ['1ABC123'], what);
        t.equal(readsOf(events)[0]?.direction, receding ? 'receding' : 'approaching', what);
      }
  t.end();
});

test('looks are missed: still one read', (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const vehicles = [car('1ABC123', { speedKmh: 90 })];
    t.same(
      texts(drive({ vehicles, to: 6000, every: 80, seed, missShare: 0.35 })),
      ['1ABC123'],
      `seed ${seed}`,
    );
  }
  t.end();
});

test('two cars in adjacent lanes', (t) => {
  const vehicles = [car('1ABC123', { lateralM: -1.7 }), car('2XYZ789', { lateralM: 1.7, speedKmh: 75 })];
  t.same(texts(drive({ vehicles, to: 6000, every: 80 })).sort(), ['1ABC123', '2XYZ789']);
  t.end();
});

test('a platoon whose plates differ in one character', (t) => {
  for (const every of [80, 160]) {
    const fleet = ['1ABC121', '1ABC123', '1ABC127', '1ABC124', '1ABC125'];
    const vehicles = fleet.map((text, index) => car(text, { at: index * 900, speedKmh: 80 }));
    t.same(texts(drive({ vehicles, to: 12_000, every })), fleet, `a look each ${every} ms`);
  }
  t.end();
});

test('hidden by a lamp post for half a second: one passage', (t) => {
  const vehicles = [car('1ABC123', { speedKmh: 40, hidden: [[2000, 2500]] })];
  const events = drive({ vehicles, to: 8000, every: 80 });
  t.same(texts(events), ['1ABC123']);
  t.equal(count(events, 'begun'), 1);
  t.end();
});

test('hidden for two seconds, longer than a read waits: still one read', (t) => {
  const vehicles = [car('1ABC123', { speedKmh: 30, hidden: [[2000, 4000]] })];
  t.same(texts(drive({ vehicles, to: 10_000, every: 80 })), ['1ABC123']);
  t.end();
});

test('wrong single looks are outvoted', (t) => {
  const tracker = trackerOf();
  const events: PassageEvent[] = [];
  const said = ['1ABC123', '1ABC128', '1ABC123', 'IABC123', '1ABC123', 'ABC123', '1ABC123'];
  for (const [index, text] of said.entries()) {
    const sighting = sightingAt([900, 200 + index * 40], 90, readingOf(text, 0.9));
    events.push(...tracker.follow(frame(index * 80), [sighting]));
  }
  events.push(...tracker.close(700));
  t.same(texts(events), ['1ABC123']);
  t.end();
});

test('a single weak detection ends without a read, a single very good one with it', (t) => {
  for (const [score, share, reads] of [
    [0.4, 0.85, 0],
    [0.9, 0.98, 1],
  ] as const) {
    const tracker = trackerOf();
    const events = tracker.follow(frame(0), [
      sightingAt([900, 500], 100, readingOf('1ABC123', share), score),
    ]);
    for (let t = 80; t < 3000; t += 80) events.push(...tracker.follow(frame(t), []));
    t.equal(readsOf(events).length, reads);
    t.equal(count(events, 'dropped'), 1 - reads);
  }
  t.end();
});

test('false detections all over the picture give no read', (t) => {
  const random = randomOf(11);
  const clutter = () =>
    random() < 0.5
      ? []
      : [
          sightingAt(
            [random() * 1900, random() * 1000],
            50 + 60 * random(),
            readingOf(plateOf(random).slice(0, 3 + Math.floor(random() * 4)), 0.5 + 0.3 * random()),
            0.3 + 0.2 * random(),
          ),
        ];
  const events = drive({ vehicles: [car('1ABC123')], to: 60_000, every: 80, clutter });
  t.same(texts(events), ['1ABC123']);
  t.ok(count(events, 'dropped') > 100);
  t.end();
});

test('a read less sure than configured is marked, not dropped', (t) => {
  const reads = { minConfidence: 0.05, minCharacters: 3, uncertainBelow: 0.9 };
  const readOf = (share: number) => {
    const tracker = trackerOf({ reads });
    const reading = readingOf('1ABC123');
    reading.slots[6] = slotOf('3', share, '8');
    const events = [0, 80, 160].flatMap((at) =>
      tracker.follow(frame(at), [sightingAt([900, 500], 100, reading)]),
    );
    return readsOf([...events, ...tracker.close(200)]);
  };
  t.match(readOf(0.6), [{ text: '1ABC123', uncertain: true }]);
  t.match(readOf(0.99), [{ text: '1ABC123', uncertain: false }]);
  t.end();
});

test('plates shorter or less sure than configured are dropped with the reason', (t) => {
  const reads = { minConfidence: 0.5, minCharacters: 4, uncertainBelow: 0.9 };
  const reasons = (reading: Sighting['reading']) => {
    const tracker = trackerOf({ reads });
    const events = [0, 80, 160].flatMap((at) =>
      tracker.follow(frame(at), [sightingAt([900, 500], 100, reading)]),
    );
    return [...events, ...tracker.close(200)].flatMap((event) =>
      event.type === 'dropped' ? [event.reason] : [],
    );
  };
  t.same(reasons(readingOf('ABC')), ['too-short']);
  const doubtful = { ...readingOf('1ABC123', 0.55), slots: [...'1ABC123'].map((c) => slotOf(c, 0.55, 'Q')) };
  t.same(reasons(doubtful), ['low-confidence']);
  t.same(reasons(readingOf('1ABC123')), []);
  t.end();
});

test('sure once the text is steady, once a passage, with the id of the read', (t) => {
  const events = drive({ vehicles: [car('1ABC123')], to: 6000, every: 80 });
  const sure = events.filter((event) => event.type === 'sure');
  const ended = events.filter((event) => event.type === 'ended');
  t.equal(sure.length, 1);
  t.equal(sure[0]?.result.id, ended[0]?.result.id);
  t.equal(sure[0]?.result.text, '1ABC123');
  t.ok(sure[0]!.at < ended[0]!.result.lastSeen);
  t.end();
});

test('a plate that left the picture ends with the next look, and 150 ms later when nobody looks', (t) => {
  const events = drive({ vehicles: [car('1ABC123')], to: 6000, every: 80 });
  const [end] = events.filter((event) => event.type === 'ended');
  t.ok(end!.at - end!.result.lastSeen <= 160, `${end!.at - end!.result.lastSeen} ms`);

  const tracker = trackerOf();
  for (let i = 0; i < 8; i++) tracker.follow(frame(i * 80), [still('1ABC123', 900, 700 + i * 45)]);
  const left: number[] = [];
  for (let at = 600; at < 1200; at += 40)
    for (const event of tracker.idle(at)) if (event.type === 'ended') left.push(event.at);
  t.equal(left.length, 1);
  t.ok(left[0]! - 560 < 400, `${left[0]! - 560} ms after the last sighting`);
  t.end();
});

test('lanes, region and masks', (t) => {
  const vehicles = [car('1ABC123', { lateralM: -1.7 }), car('2XYZ789', { lateralM: 1.7 })];
  const left = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as [number, number][];
  const right = left.map(([x, y]) => [x + 0.5, y] as [number, number]);
  const lanes = [
    { id: 'inner', polygon: left },
    { id: 'outer', polygon: right },
  ];
  const lanesOf = (events: PassageEvent[]) =>
    Object.fromEntries(readsOf(events).map(({ text, lane }) => [text, lane]));
  const run = (config: object) => drive({ vehicles, to: 6000, every: 80, config });
  t.same(lanesOf(run({ lanes })), { '1ABC123': 'inner', '2XYZ789': 'outer' });
  t.same(lanesOf(run({ lanes: [lanes[1]] })), { '1ABC123': null, '2XYZ789': 'outer' });
  t.same(lanesOf(run({ region: right })), { '2XYZ789': null });
  t.same(lanesOf(run({ masks: [right] })), { '1ABC123': null });
  t.end();
});

test('leaving the region ends a passage like leaving the picture', (t) => {
  const upper = [
    [0, 0],
    [1, 0],
    [1, 0.6],
    [0, 0.6],
  ] as [number, number][];
  const events = drive({ vehicles: [car('1ABC123')], to: 6000, every: 80, config: { region: upper } });
  const [end] = events.filter((event) => event.type === 'ended');
  t.ok(end!.at - end!.result.lastSeen <= 240, `${end!.at - end!.result.lastSeen} ms`);
  t.end();
});

test('the best picture is the widest one that is read well and not cut', (t) => {
  const tracker = trackerOf();
  const ways: [number, number, string, number][] = [
    [300, 60, '1ABC123', 0.9],
    [500, 90, '1ABC123', 0.97],
    [700, 120, '1ABC123', 0.99],
    [900, 150, '1ABC12', 0.4],
    [1075, 190, '1ABC123', 0.98],
  ];
  const best: number[] = [];
  ways.forEach(([y, widthPx, text, share], index) => {
    for (const event of tracker.follow(frame(index * 80), [
      sightingAt([900, y], widthPx, readingOf(text, share)),
    ]))
      if (event.type === 'better-picture') best.push(event.best.capturedAt);
  });
  t.same(best, [0, 80, 160]);
  t.equal(readsOf(tracker.close(400))[0]?.best.capturedAt, 160);
  t.end();
});

/** What is said of its picture, by the number of the look. */
function pictureNews(
  looks: readonly (readonly [y: number, widthPx: number] | null)[],
  text = '1ABC123',
): string[] {
  const tracker = trackerOf();
  return looks.flatMap((at, look) =>
    tracker
      .follow(frame(look * 80), at ? [sightingAt([900, at[0]], at[1], readingOf(text))] : [])
      .filter(({ type }) => ['better-picture', 'ripe', 'ended', 'dropped'].includes(type))
      .map(({ type }) => `${look} ${type}`),
  );
}
const nearer = [300, 400, 530, 699, 919].map((y, look) => [y, 60 * 1.3 ** look] as const);

test('the picture of a plate that will be out of the picture by the next look is ripe, the best as it is', (t) => {
  const better = nearer.map((_, look) => `${look} better-picture`);
  t.same(pictureNews([...nearer, null]), [...better, '4 ripe', '5 ended']);
  t.end();
});

test('a look that misses the plate makes its picture ripe; a better one that comes after all is ripe anew', (t) => {
  const news = pictureNews([...nearer.slice(0, 3), null, [699, 132], null]);
  t.same(news.slice(3), ['3 ripe', '4 better-picture', '5 ripe']);
  t.end();
});

test('the picture of a plate that stands is ripe once', (t) => {
  const news = pictureNews(Array.from({ length: 20 }, () => [500, 120] as const));
  t.same(news, ['0 better-picture', '5 ripe']);
  t.end();
});

test('what would give no read has no ripe picture', (t) => {
  t.same(pictureNews([...nearer, null], 'AB').slice(-2), ['4 better-picture', '5 dropped']);
  t.end();
});

test('close ends what is open, with its read', (t) => {
  const tracker = trackerOf();
  for (const at of [0, 80, 160]) tracker.follow(frame(at), [still('1ABC123'), still('2XYZ789', 300)]);
  t.equal(tracker.open().open, 2);
  const events = tracker.close(200);
  t.same(texts(events).sort(), ['1ABC123', '2XYZ789']);
  t.match(tracker.open(), { open: 0, told: 0 });
  t.same(tracker.close(300), []);
  t.end();
});

test('a plate found twice in one frame counts once', (t) => {
  const tracker = trackerOf();
  const events = [0, 80, 160].flatMap((at) =>
    tracker.follow(frame(at), [still('1ABC123'), still('1ABC123', 905)]),
  );
  t.equal(count([...events, ...tracker.close(200)], 'begun'), 1);
  t.end();
});

test('a camera that changes its resolution goes on with the same passages', (t) => {
  const tracker = trackerOf();
  const events: PassageEvent[] = [];
  for (const at of [0, 80, 160]) events.push(...tracker.follow(frame(at), [still('1ABC123', 900, 500)]));
  for (const at of [240, 320])
    events.push(
      ...tracker.follow({ capturedAt: at, width: 960, height: 540 }, [
        sightingAt([450, 250], 50, readingOf('1ABC123')),
      ]),
    );
  events.push(...tracker.close(400));
  t.equal(count(events, 'begun'), 1);
  t.same(texts(events), ['1ABC123']);
  t.end();
});

test('a clock that is set back ends what is open; times stay those of the frames', (t) => {
  const tracker = trackerOf();
  const base = 1_000_000;
  const events = [0, 80, 160].flatMap((at) => tracker.follow(frame(base + at), [still('1ABC123')]));
  events.push(...tracker.follow(frame(base - 60_000), [still('2XYZ789', 300)]));
  events.push(...tracker.follow(frame(base - 59_920), [still('2XYZ789', 300)]));
  events.push(...tracker.close(base - 59_000));
  t.same(texts(events), ['1ABC123', '2XYZ789']);
  for (const { firstSeen, lastSeen } of readsOf(events)) t.ok(firstSeen <= lastSeen);
  t.end();
});

test('what the open passages would give so far is what they give when it ends now', (t) => {
  const [one, other] = [trackerOf(), trackerOf()];
  const both = [still('1ABC123'), still('2XYZ789', 300)];
  const looks = [[still('1ABC123')], both, both, both];
  looks.forEach((sightings, n) => {
    for (const tracker of [one, other]) tracker.follow(frame(n * 100), sightings);
  });
  t.same(
    one.soFar().map(({ text }) => text),
    ['1ABC123', '2XYZ789'],
  );
  t.same(one.soFar(), readsOf(other.close(300)));
  one.close(300);
  t.same(one.soFar(), [], 'what is over is not open');
  t.end();
});

test('a passage that would give no read is not among them, nor one whose vehicle has had its read', (t) => {
  const weak = trackerOf();
  weak.follow(frame(0), [{ ...still('1ABC123'), score: 0.05 }]);
  t.same(weak.soFar(), []);
  const flickers = trackerOf();
  for (let at = 0; at <= 800; at += 100) flickers.follow(frame(at), [still('1ABC123')]);
  const gone = [];
  for (let at = 900; at <= 2400; at += 100) gone.push(...flickers.follow(frame(at), []));
  t.same(texts(gone), ['1ABC123']);
  for (const at of [2500, 2600, 2700]) flickers.follow(frame(at), [still('1ABC123', 900)]);
  t.same(flickers.soFar(), []);
  t.end();
});

test('an open passage is told early, again when it says something else, and never without being asked', (t) => {
  const vehicles = [car('1ABC123', { speedKmh: 50 })];
  const events = drive({ vehicles, to: 8000, every: 80, config: { earlyMs: 300 } });
  const early = events.flatMap((event) => (event.type === 'early' ? [event] : []));
  const begun = events.find((event) => event.type === 'begun')!;
  const ended = events.find((event) => event.type === 'ended')!;
  t.ok(early.length >= 1 && early.length < 6, `${early.length} times`);
  t.ok(early[0]!.at - (begun as { at: number }).at >= 300);
  t.ok(early.every(({ at, result }) => at < ended.at && result.id === ended.result.id));
  t.equal(early.at(-1)!.result.text, '1ABC123');
  t.equal(count(drive({ vehicles, to: 8000, every: 80 }), 'early'), 0);
  const twoHours = Array.from({ length: 40 }, () => still('1ABC123'));
  const tracker = trackerOf({ earlyMs: 0 });
  const told = twoHours.flatMap((sighting, n) => tracker.follow(frame(n * 100), [sighting]));
  t.ok(count(told, 'early') < 6, 'what only stands there is no news again and again');
  t.end();
});
