// The frame clock: capturedAt is what the camera saw, whatever the network and the event loop did to the frames.

import { test } from 'tap';
import { FrameClock } from '../../agent/capture/frame-clock.ts';

const START = Date.UTC(2026, 10, 22, 12);

interface Arrival {
  streamMs: number;
  /** true time of capture, on the box's clock */
  takenAt: number;
  arrivedAt: number;
}

/** 25 frames a second with a delay for each. */
function stream(count: number, delayMs: (index: number) => number, from: Partial<Arrival> = {}): Arrival[] {
  return Array.from({ length: count }, (_, index) => {
    const takenAt = (from.takenAt ?? START) + index * 40;
    return { streamMs: (from.streamMs ?? 0) + index * 40, takenAt, arrivedAt: takenAt + delayMs(index) };
  });
}

/** Nobody sets the box's clock. */
const met = (at: number) => ({ at, steadyMs: at - START });

/** Errors in milliseconds against the true times, of the frames after the clock has settled. */
function errors(clock: FrameClock, arrivals: Arrival[]): number[] {
  return arrivals.flatMap(({ streamMs, takenAt, arrivedAt }) => {
    const capturedAt = clock.capturedAt(streamMs, met(arrivedAt));
    return clock.isSettled ? [capturedAt - takenAt] : [];
  });
}

function worst(values: number[]): number {
  return Math.max(...values.map(Math.abs));
}

const jitter = (index: number) => 30 + ((index * 7919) % 97);

test('late frames keep their time', (t) => {
  const table: { what: string; arrivals: Arrival[]; within: number; skip?: number }[] = [
    { what: 'a steady delay is not seen from here', arrivals: stream(200, () => 30), within: 30 },
    { what: 'jitter of 97 ms', arrivals: stream(500, jitter), within: 31, skip: 100 },
    {
      what: 'an event loop that was busy for 3 s in the middle',
      arrivals: stream(300, (index) => (index >= 100 && index < 175 ? 30 + (175 - index) * 40 : 30)),
      within: 30,
    },
    {
      what: 'the burst that ffmpeg begins with, 5 s at once',
      arrivals: stream(300, (index) => Math.max(30, 5000 - index * 38)),
      within: 41,
    },
  ];
  for (const { what, arrivals, within, skip = 0 } of table) {
    const found = errors(new FrameClock({ anchor: 'live' }), arrivals).slice(skip);
    t.ok(found.length > 100 && worst(found) <= within, `${what}: within ${worst(found)} ms`);
  }
  t.end();
});

test('distances between frames are exact', (t) => {
  const clock = new FrameClock({ anchor: 'live' });
  const times = stream(1000, jitter).map(({ streamMs, arrivedAt }) =>
    clock.capturedAt(streamMs, met(arrivedAt)),
  );
  const gaps = times.slice(200).map((at, index) => at - times[199 + index]!);
  t.equal(worst(gaps.map((gap) => gap - 40)), 0);
  t.end();
});

test("a camera's clock that runs wrong is followed, fast or slow", (t) => {
  for (const partsPerMillion of [200, -200]) {
    const clock = new FrameClock({ anchor: 'live' });
    const arrivals = stream(60 * 60 * 25, jitter).map((arrival, index) => ({
      ...arrival,
      streamMs: index * 40 * (1 + partsPerMillion / 1e6),
    }));
    const found = errors(clock, arrivals).slice(100);
    // In an hour the camera is off by 720 ms.
    t.ok(worst(found) < 30 + 15, `${partsPerMillion} ppm for an hour: within ${worst(found).toFixed(0)} ms`);
  }
  t.end();
});

test('a new time line is anchored anew', (t) => {
  const table: [what: string, streamMs: number, laterMs: number][] = [
    ['time stamps that wrap to zero', 0, 40],
    ['time stamps that go back a little', 150_000, 40],
    ['time stamps that leap ahead', 10_000_000, 40],
    ['a stream that paused its time stamps for an hour', 200_040, 3_600_000],
  ];
  for (const [what, streamMs, laterMs] of table) {
    const clock = new FrameClock({ anchor: 'live' });
    const before = stream(100, () => 30, { streamMs: 196_040 });
    errors(clock, before);
    const takenAt = before.at(-1)!.takenAt + laterMs;
    const found = errors(
      clock,
      stream(100, () => 30, { streamMs, takenAt }),
    );
    t.ok(found.length > 90 && worst(found) <= 30, `${what}: within ${worst(found)} ms`);
  }
  t.end();
});

test('after a restart nothing of the old time line counts', (t) => {
  const clock = new FrameClock({ anchor: 'live' });
  errors(
    clock,
    stream(100, () => 30),
  );
  clock.restart();
  const found = errors(
    clock,
    stream(100, () => 30, { takenAt: START + 60_000 }),
  );
  t.ok(worst(found) <= 30);
  t.end();
});

test('it never goes back, unless the box’s own clock was set back', (t) => {
  const clock = new FrameClock({ anchor: 'live' });
  const times = stream(500, (index) => 500 - index).map(({ streamMs, arrivedAt }) => {
    const capturedAt = clock.capturedAt(streamMs, met(arrivedAt));
    return clock.isSettled ? capturedAt : 0;
  });
  t.ok(times.every((at, index) => index === 0 || at >= times[index - 1]!));
  const hourMs = 3_600_000;
  const back = errors(
    clock,
    stream(10, () => 30, { streamMs: 20_000, takenAt: START + 20_000 - hourMs }),
  );
  t.ok(worst(back) <= 30, 'an hour back is taken over, not waited for');
  t.end();
});

test('a small step back of the box’s clock is caught up with while time goes on', (t) => {
  const clock = new FrameClock({ anchor: 'live' });
  errors(
    clock,
    stream(100, () => 30),
  );
  const stepMs = 5000;
  const arrivals = stream(500, () => 30, { streamMs: 4000, takenAt: START + 4000 - stepMs });
  const times = arrivals.map(({ streamMs, arrivedAt }) => clock.capturedAt(streamMs, met(arrivedAt)));
  t.ok(times.every((at, index) => index === 0 || at > times[index - 1]!));
  const found = times.map((at, index) => at - arrivals[index]!.takenAt);
  t.ok(worst(found.slice(300)) <= 30, `after twelve seconds within ${worst(found.slice(300))} ms`);
  t.end();
});

test('a step of the box’s clock is followed with the next frame, whatever its size', (t) => {
  for (const stepMs of [12, 400, 1000, 14_000, 16_000, 3_600_000]) {
    const clock = new FrameClock({ anchor: 'live' });
    errors(
      clock,
      stream(100, () => 30),
    );
    const arrivals = stream(500, jitter, { streamMs: 4000, takenAt: START + 4000 });
    const found = arrivals.map(({ streamMs, takenAt, arrivedAt }) => {
      const arrived = { at: arrivedAt + stepMs, steadyMs: arrivedAt - START };
      return clock.capturedAt(streamMs, arrived) - (takenAt + stepMs);
    });
    t.ok(worst(found) <= 31, `${stepMs} ms ahead: within ${worst(found)} ms from the first frame on`);
    t.ok(clock.isSettled, 'and no frame is lost to it');
  }
  t.end();
});

test('a step in small parts is followed, and a clock that is slewed is no step', (t) => {
  const clock = new FrameClock({ anchor: 'live' });
  const arrivals = stream(1000, () => 30);
  const stepped = arrivals.map(({ streamMs, takenAt, arrivedAt }, index) => {
    const aheadMs = 4 * Math.min(50, Math.floor(index / 10));
    return (
      clock.capturedAt(streamMs, { at: arrivedAt + aheadMs, steadyMs: arrivedAt - START }) - takenAt - aheadMs
    );
  });
  t.ok(worst(stepped.slice(10)) <= 40, `within ${worst(stepped.slice(10))} ms`);
  // 500 ppm, as fast as the kernel slews: both clocks go faster than the camera's
  const slewed = new FrameClock({ anchor: 'live' });
  const late = stream(25 * 600, () => 30).map(({ streamMs, arrivedAt }) => {
    const at = START + (arrivedAt - START) * 1.0005;
    return slewed.capturedAt(streamMs, { at, steadyMs: at - START }) - (at - 30);
  });
  t.ok(worst(late.slice(10)) <= 60, `within ${worst(late.slice(10)).toFixed(0)} ms`);
  t.end();
});

test('a step while ffmpeg lets go of what it held back settles nothing too early', (t) => {
  const clock = new FrameClock({ anchor: 'live' });
  const burst = stream(300, (index) => Math.max(30, 5000 - index * 38));
  const found = burst.flatMap(({ streamMs, takenAt, arrivedAt }, index) => {
    const stepMs = index < 40 ? 0 : 5000;
    const capturedAt = clock.capturedAt(streamMs, { at: arrivedAt + stepMs, steadyMs: arrivedAt - START });
    return clock.isSettled ? [capturedAt - takenAt - stepMs] : [];
  });
  t.ok(found.length > 100 && worst(found) <= 41, `within ${worst(found)} ms`);
  t.end();
});

test('a recorded video keeps the time of its first frame, however fast it is read', (t) => {
  const clock = new FrameClock({ anchor: 'fixed' });
  const times = Array.from({ length: 100 }, (_, index) => clock.capturedAt(index * 40, met(START + index)));
  t.ok(clock.isSettled);
  t.same(
    times,
    Array.from({ length: 100 }, (_, index) => START + index * 40),
  );
  t.end();
});
