// What measurements mean, as tables.

import { test } from 'tap';
import { fromChrony, fromTimedatectl } from '../../agent/health/clock-policy.ts';
import { type DiskFinding, diskFinding } from '../../agent/health/disk-policy.ts';
import { type CameraMeasure, frameFinding, framesOf } from '../../agent/health/frames-policy.ts';
import { type Findings, resultOf, worst } from '../../agent/health/probe.ts';
import { certificateFinding, daysLeft } from '../../agent/shared/certificate-policy.ts';

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
    t.equal(diskFinding({ freeBytes, totalBytes, fsyncMs, boundsBytes: 0 }), finding);
    t.end();
  });

test('bounds that the disk cannot hold are told before it is full', (t) => {
  const disk = { freeBytes: 20e9, totalBytes: 32e9, fsyncMs: 3 };
  t.equal(diskFinding({ ...disk, boundsBytes: 16e9 }), 'good');
  t.equal(diskFinding({ ...disk, boundsBytes: 30e9 }), 'bounds');
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

/** A line of ffmpeg's showinfo, as ffmpeg 5.1 writes it. */
const shown = (at: string, type = 'P', mean = '99 126 131', deviation = '20.5 3.9 2.4') =>
  `[Parsed_showinfo_0 @ 0x55d0c] n:   0 pts:   1536 pts_time:${at.padEnd(7)} pos:    70882 fmt:yuv420p sar:0/1 s:1920x1080 i:P iskey:${type === 'I' ? 1 : 0} type:${type} checksum:6ADBA51F plane_checksum:[11ACC8BD 78BAFA7B A579E1C9] mean:[${mean}] stdev:[${deviation}]\n` +
  '[Parsed_showinfo_0 @ 0x55d0c] color_range:tv color_space:bt709\n';

test('frames say rate, key frames, B-frames, time stamps that jump, and what the picture is like', (t) => {
  const regular = Array.from({ length: 51 }, (_, i) =>
    shown((i * 0.04).toFixed(2), i % 25 === 0 ? 'I' : 'P'),
  );
  t.match(framesOf(`Input #0, h264, from 'pipe:0':\n${regular.join('')}`), {
    frames: 51,
    seconds: 2,
    fps: 25,
    width: 1920,
    height: 1080,
    keyFrameDistance: 25,
    bFrames: false,
    picture: { brightness: 99, contrast: 20.5, colour: true },
  });
  const jumping = framesOf(['0.0', '0.1', '0.1', '0.05', '0.2'].map((at) => shown(at, 'B')).join(''));
  t.match(jumping, { timeFaults: 2, bFrames: true, keyFrameDistance: null });
  t.match(framesOf(shown('NOPTS', 'I')), { frames: 1, fps: null, seconds: 0 });
  t.match(framesOf(shown('0', 'I', '70 128 128', '31.2 0.4 0.3')), { picture: { colour: false } });
  t.match(
    framesOf(shown('0', 'I', '70', '31.2')),
    { picture: { colour: false } },
    'grey has no chroma at all',
  );
  t.match(framesOf('nothing of use\n'), { frames: 0, picture: null });
  t.end();
});

const fine: CameraMeasure = {
  ...{ frames: 60, fps: 25, announcedFps: 25, timeFaults: 0, lossShare: 0, jitterMs: 4, bFrames: false },
  ...{ keyFrameSeconds: 2, picture: { brightness: 99, contrast: 30, colour: true } },
};
const looks: [change: Partial<CameraMeasure>, finding: string][] = [
  [{}, 'good'],
  [{ announcedFps: null, lossShare: null, jitterMs: null, keyFrameSeconds: null, picture: null }, 'good'],
  [{ fps: null }, 'good'],
  [{ frames: 0, lossShare: 0.5 }, 'no-frames'],
  [{ fps: 5 }, 'fewer-frames'],
  [{ fps: 5, announcedFps: null }, 'slow'],
  [{ fps: 5, announcedFps: 5 }, 'slow'],
  [{ fps: 21 }, 'good'],
  [{ lossShare: 0.03, fps: 5 }, 'heavy-loss'],
  [{ lossShare: 0.002 }, 'loss'],
  [{ timeFaults: 7 }, 'time-stamps'],
  [{ picture: { brightness: 17, contrast: 8, colour: false } }, 'dark'],
  [{ picture: { brightness: 230, contrast: 8, colour: false } }, 'bright'],
  [{ picture: { brightness: 99, contrast: 2, colour: false } }, 'covered'],
  [{ picture: { brightness: 17, contrast: 1, colour: false }, fps: 5 }, 'dark'],
  [{ jitterMs: 180 }, 'jitter'],
  [{ bFrames: true }, 'b-frames'],
  [{ keyFrameSeconds: 9 }, 'rare-key-frames'],
];
for (const [change, finding] of looks)
  test(`a camera with ${JSON.stringify(change)} is ${finding}`, (t) => {
    t.equal(frameFinding({ ...fine, ...change }), finding);
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
