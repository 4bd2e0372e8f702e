import { test } from 'tap';
import { afterTick, afterWord, FIRST_PULSE, hang, type Pulse } from '../../agent/camera/pulse-policy.ts';

const ticks = (pulse: Pulse, count: number, report?: (tick: number) => Parameters<typeof afterWord>[1]) => {
  let now = pulse;
  for (let tick = 1; tick <= count; tick++) {
    now = afterTick(now);
    if (report) now = afterWord(now, report(tick));
  }
  return now;
};
const streaming = (framesDecoded: number, framesDropped: number) => ({
  state: 'streaming' as const,
  framesDecoded,
  framesDropped,
});

test('a process that tells each second how it is, and takes frames, is never in question', async (t) => {
  t.equal(hang(ticks(FIRST_PULSE, 3600, (tick) => streaming(tick * 12, tick * 5))), null);
});

test('before its first word it loads its models: two minutes', async (t) => {
  t.equal(hang(ticks(FIRST_PULSE, 119)), null);
  t.match(hang(ticks(FIRST_PULSE, 120)), { reason: 'no sign of life for 120 s', ms: 120_000 });
});

test('silent for half a minute after that', async (t) => {
  const told = afterWord(FIRST_PULSE);
  t.equal(hang(ticks(told, 29)), null);
  t.match(hang(ticks(told, 30)), { reason: 'no sign of life for 30 s' });
  t.equal(hang(afterWord(ticks(told, 30))), null, 'any word will do');
});

test('frames come and none is taken', async (t) => {
  const looking = ticks(FIRST_PULSE, 5, (tick) => streaming(tick * 10, 0));
  const stuck = (count: number) => ticks(looking, count, (tick) => streaming(50 + tick * 10, tick * 10));
  t.equal(hang(stuck(30)), null);
  t.match(hang(stuck(31)), { reason: 'frames come and none was looked at for 30 s', ms: 30_000 });
  t.equal(hang(afterWord(stuck(60), streaming(660, 600))), null, 'one that was taken after all');
});

test('no frames come, or the stream has not begun: that is the camera, not its process', async (t) => {
  const looking = ticks(FIRST_PULSE, 5, (tick) => streaming(tick * 10, 0));
  t.equal(hang(ticks(looking, 600, () => streaming(50, 0))), null);
  t.equal(
    hang(
      ticks(looking, 600, (tick) => ({
        state: 'connecting' as const,
        framesDecoded: 50 + tick,
        framesDropped: tick,
      })),
    ),
    null,
    'frames dropped until the clock has settled',
  );
});
