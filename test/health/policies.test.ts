// What measurements mean, as tables.

import { test } from 'tap';
import { certificateFinding, daysLeft } from '../../agent/health/certificate-policy.ts';
import { fromChrony, fromTimedatectl } from '../../agent/health/clock-policy.ts';
import { type DiskFinding, diskFinding } from '../../agent/health/disk-policy.ts';
import { frameFinding, framesOf } from '../../agent/health/frames-policy.ts';
import { type Findings, resultOf, worst } from '../../agent/health/probe.ts';

const disks: [freeBytes: number, totalBytes: number, fsyncMs: number | null, finding: DiskFinding][] = [
  [50e9, 100e9, 3, 'good'],
  [50e9, 100e9, null, 'not-tried'],
  [50e9, 100e9, 400, 'slow'],
  [900e6, 4e9, 3, 'low-space'],
  [2e9, 100e9, 3, 'low-space'],
  [50e6, 100e9, 400, 'full'],
  [0, 0, null, 'full'],
];

for (const [freeBytes, totalBytes, fsyncMs, finding] of disks)
  test(`${freeBytes} of ${totalBytes} bytes free and an fsync of ${fsyncMs} ms is ${finding}`, (t) => {
    t.equal(diskFinding({ freeBytes, totalBytes, fsyncMs }), finding);
    t.end();
  });

test('a certificate is good until three weeks before its end', (t) => {
  const from = new Date('2026-01-01T00:00:00Z');
  const to = new Date('2026-12-31T12:00:00Z');
  const on = (day: string) => certificateFinding(from, to, new Date(day));
  t.equal(on('2025-12-31T23:59:59Z'), 'not-yet');
  t.equal(on('2026-06-01T00:00:00Z'), 'good');
  t.equal(on('2026-12-09T00:00:00Z'), 'good');
  t.equal(on('2026-12-11T00:00:00Z'), 'expires-soon');
  t.equal(on('2026-12-31T12:00:00Z'), 'expired');
  t.equal(daysLeft(to, new Date('2026-12-30T13:00:00Z')), 0);
  t.equal(daysLeft(to, new Date('2027-01-01T00:00:00Z')), -1);
  t.end();
});

test('what time services say', (t) => {
  const tracking = (offset: string, leap: string) =>
    `C0000201,192.0.2.1,3,1790000000.1,${offset},0.000001,0.00002,-1.2,0.0,0.01,0.01,0.002,64.2,${leap}\n`;
  t.same(fromChrony(tracking('-0.012345', 'Normal')), {
    ...{ synchronised: true, offsetMs: 12.345, server: '192.0.2.1', frequencyPpm: -1.2 },
  });
  t.match(fromChrony(tracking('0.000000', 'Not synchronised')), { synchronised: false, offsetMs: null });
  for (const no of ['', '506 Cannot talk to daemon\n', '1,2,3\n', tracking('fast', 'Normal')])
    t.equal(fromChrony(no), undefined);
  t.same(fromTimedatectl('NTPSynchronized=yes\n'), { synchronised: true, offsetMs: null });
  t.same(fromTimedatectl('NTPSynchronized=no\n'), { synchronised: false, offsetMs: null });
  t.equal(fromTimedatectl(''), undefined);
  t.end();
});

test('frames say rate, key frames, B-frames and time stamps that jump', (t) => {
  const frame = (at: string, type = 'P') =>
    `frame|key_frame=${type === 'I' ? 1 : 0}|pts_time=${at}|width=1920|height=1080|pict_type=${type}`;
  const regular = Array.from({ length: 51 }, (_, i) =>
    frame((i * 0.04).toFixed(2), i % 25 === 0 ? 'I' : 'P'),
  );
  const facts = framesOf(`${regular.join('\n')}\n`);
  t.match(facts, {
    frames: 51,
    seconds: 2,
    fps: 25,
    width: 1920,
    height: 1080,
    keyFrameDistance: 25,
    bFrames: false,
  });
  t.equal(frameFinding(facts), 'good');
  const jumping = framesOf(['0.0', '0.1', '0.1', '0.05', '0.2'].map((at) => frame(at, 'B')).join('\n'));
  t.match(jumping, { timeFaults: 2, bFrames: true, keyFrameDistance: null });
  t.equal(frameFinding(jumping), 'time-stamps');
  t.equal(frameFinding(framesOf(['0', '0.2', '0.4'].map((at) => frame(at)).join('\n'))), 'slow');
  const unknown = framesOf(frame('N/A', 'I'));
  t.match(unknown, { frames: 1, fps: null, seconds: 0 });
  t.equal(frameFinding(unknown), 'good');
  t.equal(frameFinding(framesOf('nothing of use\n')), 'no-frames');
  t.end();
});

test('a result has the words of its finding, filled in', (t) => {
  const findings = {
    full: { verdict: 'fail', cause: 'no space', advice: 'Make room in {folder}, not in {other}.' },
  } satisfies Findings;
  t.same(resultOf('disk', findings, 'full', '0 GB', { folder: '/var' }), {
    id: 'disk',
    finding: 'full',
    verdict: 'fail',
    measured: '0 GB',
    advice: 'Make room in /var, not in {other}.',
    data: { folder: '/var' },
  });
  t.equal(worst(['ok', 'fail', 'warn']), 'fail');
  t.equal(worst([]), 'ok');
  t.end();
});
