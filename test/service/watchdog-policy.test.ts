import { test } from 'tap';
import { beatEveryMs, CAMERA_HANGS_MS, illness, statusLine } from '../../agent/service/index.ts';

test('what keeps the agent from telling that it is well', async (t) => {
  const camera = (hangsMs: number, id = 'gate') => ({ id, hangsMs });
  const cases: [string, Parameters<typeof illness>[0], RegExp | null][] = [
    ['all is well', { journalSilentMs: null, cameras: [camera(0)] }, null],
    ['a box without cameras', { journalSilentMs: null, cameras: [] }, null],
    ['the writer hangs', { journalSilentMs: 20_000, cameras: [] }, /journal's writer .* 20 s/],
    ['its supervisor is at it', { journalSilentMs: null, cameras: [camera(CAMERA_HANGS_MS - 1)] }, null],
    [
      'one of two cannot be ended',
      { journalSilentMs: null, cameras: [camera(0), camera(CAMERA_HANGS_MS, 'pole')] },
      /camera pole hangs for 90 s/,
    ],
  ];
  for (const [what, vitals, wanted] of cases) {
    const found = illness(vitals);
    if (wanted === null) t.equal(found, null, what);
    else t.match(found, wanted, what);
  }
});

test('two signs of life may be late', async (t) => {
  t.equal(beatEveryMs(60_000), 20_000);
  t.equal(beatEveryMs(10), 100);
});

test('the line for systemctl status', async (t) => {
  const streaming = { state: 'streaming' };
  const quiet = { reads: 0, reason: null };
  const line = (
    cameras: { state: string }[],
    waiting: { reads: number; reason: string | null },
    uplink: string,
  ) => statusLine({ cameras, waiting, uplink });
  t.equal(line([streaming], quiet, 'connected'), '1 of 1 camera streaming; uplink connected');
  t.equal(
    line([streaming, { state: 'refused' }], quiet, 'off'),
    '1 of 2 cameras streaming; no uplink configured',
  );
  t.equal(
    line([], { reads: 3, reason: 'No space for the journal' }, 'waiting'),
    '0 of 0 cameras streaming; uplink waiting; 3 reads wait: No space for the journal',
  );
});
