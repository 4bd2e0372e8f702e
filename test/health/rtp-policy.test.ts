// RTP packets and what a row of them says; video taken out of them.

import { test } from 'tap';
import { depacketise } from '../../agent/health/rtsp/depacketise.ts';
import { countStream, packetOf, type RtpPacket } from '../../agent/health/rtsp/rtp-policy.ts';
import { controlUrl } from '../../agent/health/rtsp/watch.ts';

function rtp(sequence: number, timestamp: number, payload = 'x', flags = 0x80, marker = true): Buffer {
  const head = Buffer.alloc(12);
  head[0] = flags;
  head[1] = 96 | (marker ? 0x80 : 0);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(timestamp >>> 0, 4);
  return Buffer.concat([head, Buffer.from(payload)]);
}

test('a packet with and without its optional parts', (t) => {
  t.match(packetOf(rtp(7, 90_000)), { sequence: 7, timestamp: 90_000, marker: true, payloadType: 96 });
  t.equal(packetOf(rtp(7, 0, 'xyz'))!.payload.toString(), 'xyz');
  t.equal(packetOf(rtp(7, 0, 'xyz\0\0\x03', 0xa0))!.payload.toString(), 'xyz', 'padding');
  t.equal(packetOf(rtp(7, 0, 'CSRCxyz', 0x81))!.payload.toString(), 'xyz', 'a contributing source');
  const extended = Buffer.from([0xbe, 0xde, 0, 1, 1, 2, 3, 4]).toString('latin1');
  const packet = Buffer.concat([rtp(7, 0, '', 0x90), Buffer.from(extended, 'latin1'), Buffer.from('xyz')]);
  t.equal(packetOf(packet)!.payload.toString(), 'xyz', 'an extension');
  for (const none of ['', '\x80\x60', 'RTSP/1.0 200 OK'])
    t.equal(packetOf(Buffer.from(none, 'latin1')), undefined);
  t.equal(packetOf(rtp(1, 0, '\xff', 0xa0)), undefined, 'more padding than packet');
  t.end();
});

const TICKS = 3600;

/** Frames at 25 a second, each of one packet, that arrive when `arrival` says (default: evenly). */
function counted(sequences: readonly number[], arrival = (frame: number) => frame * 40, first = 65_500) {
  const counter = countStream(90_000);
  for (const frame of sequences)
    counter.add(packetOf(rtp(first + frame, 0xffff0000 + frame * TICKS)) as RtpPacket, arrival(frame));
  return counter.figures();
}

const frames = (count: number) => Array.from({ length: count }, (_, frame) => frame);

test('an even stream, over the end of the numbers and of the time stamps', (t) => {
  const figures = counted(frames(101));
  t.match(figures, { packets: 101, lost: 0, reordered: 0, frames: 101, timeFaults: 0 });
  t.ok(Math.abs(figures.fps! - 25) < 1e-6);
  t.ok(Math.abs(figures.arrivedFps! - 25) < 1e-6);
  t.ok(figures.jitterMs! < 1e-6);
  t.end();
});

test('packets that never came, came late, came twice', (t) => {
  t.match(counted(frames(100).filter((frame) => frame % 10 !== 5)), { packets: 90, lost: 10, reordered: 0 });
  t.match(counted([0, 2, 1, 3, 4]), { lost: 0, reordered: 1 });
  t.match(counted([0, 1, 1, 2]), { lost: 0, reordered: 1 });
  t.match(counted([]), { packets: 0, lost: 0, frames: 0, fps: null, jitterMs: null });
  t.match(counted([3]), { lost: 0, frames: 1, fps: null });
  t.end();
});

test('jitter grows with frames that come early and late', (t) => {
  const even = counted(frames(100)).jitterMs!;
  const uneven = counted(frames(100), (frame) => frame * 40 + (frame % 2) * 30).jitterMs!;
  t.ok(uneven > 20 && uneven <= 30, `${uneven} ms`);
  t.ok(even < uneven);
  t.end();
});

test('time stamps that repeat or jump are faults, B-frames are none', (t) => {
  const counter = countStream(90_000);
  [0, 3, 1, 2, 6, 4, 5].forEach((frame, index) => {
    counter.add(packetOf(rtp(index, frame * TICKS)) as RtpPacket, index * 40);
  });
  t.match(counter.figures(), { timeFaults: 0, frames: 7 });
  const bad = countStream(90_000);
  [0, 1, 1, 2, 2 + 25 * 10, 3].forEach((frame, index) => {
    bad.add(packetOf(rtp(index, frame * TICKS)) as RtpPacket, index * 40);
  });
  t.match(bad.figures(), { timeFaults: 3 });
  t.end();
});

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('H.264: single units, aggregates and fragments', (t) => {
  const video = depacketise('H264', ['Z0IACg==']);
  video.add(hex('41 aa bb')); // one P slice
  video.add(hex('18 0002 67 01 0003 65 02 03')); // STAP-A: parameter set and key frame
  video.add(hex('7c 85 01')); // FU-A, first of a key frame
  video.add(hex('7c 05 02'));
  video.add(hex('7c 45 03')); // last
  video.add(hex('7c 05 99')); // without its beginning
  video.add(hex('18 00ff 65')); // cut short
  video.add(Buffer.alloc(0));
  t.equal(
    video.stream().toString('hex'),
    hex('00000001 6742000a 00000001 41aabb 00000001 6701 00000001 650203 00000001 65 01 02 03').toString(
      'hex',
    ),
  );
  t.equal(video.keyUnits, 2);
  t.end();
});

test('H.265: single units, aggregates and fragments', (t) => {
  const video = depacketise('H265', []);
  video.add(hex('02 01 aa')); // a trailing picture
  video.add(hex('60 01 0003 40 01 0c 0003 42 01 01')); // AP: VPS, SPS
  video.add(hex('62 01 93 01')); // FU, first of an IDR (19)
  video.add(hex('62 01 53 02'));
  video.add(hex('62'));
  t.equal(
    video.stream().toString('hex'),
    hex('00000001 0201aa 00000001 40010c 00000001 420101 00000001 2601 01 02').toString('hex'),
  );
  t.equal(video.keyUnits, 1);
  t.end();
});

test('where a stream is set up', (t) => {
  const base = 'rtsp://cam/live/';
  t.equal(controlUrl(base, 'trackID=1'), 'rtsp://cam/live/trackID=1');
  t.equal(controlUrl('rtsp://cam/live', '/trackID=1'), 'rtsp://cam/live/trackID=1');
  t.equal(controlUrl('rtsp://cam/live?ch=1', 'track'), 'rtsp://cam/live?ch=1/track');
  t.equal(controlUrl(base, 'rtsp://other/x'), 'rtsp://other/x');
  t.equal(controlUrl(base, '*'), base);
  t.equal(controlUrl(base, undefined), base);
  t.end();
});
