import { test } from 'tap';
import { restartAfter } from '../../agent/camera/restart-policy.ts';

test('a camera process that keeps falling over is started again slower and slower, up to a minute', (t) => {
  const delays: number[] = [];
  let history = { faults: 0 };
  for (let fault = 0; fault < 10; fault++) {
    const next = restartAfter(history, 100, 1);
    history = next.history;
    delays.push(next.delayMs);
  }
  t.same(delays, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  t.end();
});

test('one that ran well for minutes starts again at once', (t) => {
  const { delayMs, history } = restartAfter({ faults: 9 }, 120_000, 1);
  t.equal(delayMs, 500);
  t.same(history, { faults: 1 });
  t.end();
});

test('restarts of several cameras are spread by up to a quarter', (t) => {
  t.equal(restartAfter({ faults: 0 }, 0, 0).delayMs, 375);
  t.end();
});
