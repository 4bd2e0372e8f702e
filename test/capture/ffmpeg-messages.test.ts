// What ffmpeg says, sorted. The lines are real: ffmpeg 5.1 where nothing else is said, else as later versions word them.

import { test } from 'tap';
import {
  type Judgement,
  judge,
  redacted,
  section,
  streamFacts,
  tellsOfNewSize,
  type Verdict,
  worse,
} from '../../agent/capture/ffmpeg-messages.ts';

const LINES: [verdict: Verdict, line: string, reason?: RegExp][] = [
  ['refused', '[rtsp @ 0x5555a5850540] method DESCRIBE failed: 401 Unauthorized', /login \(401\)/],
  ['refused', 'pipe:0: Server returned 401 Unauthorized (authorization failed)', /login \(401\)/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method DESCRIBE failed: 403 Forbidden', /forbids/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method DESCRIBE failed: 404 Not Found', /no such stream/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method DESCRIBE failed: 404 Stream Not Found', /no such stream/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method SETUP failed: 461 Unsupported transport', /transport/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method SETUP failed: 453 Not Enough Bandwidth', /no session left/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method PLAY failed: 503 Service Unavailable', /no session left/],
  ['refused', '[rtsp @ 0x55ffc7a69500] method DESCRIBE failed: 500 Internal Server Error', /"500 Internal/],
  [
    'fatal',
    '[tcp @ 0x55b6cf3931c0] Connection to tcp://127.0.0.1:18554?timeout=3000000 failed: Connection refused',
    /connection refused/,
  ],
  ['fatal', 'pipe:0: Connection refused', /connection refused/],
  ['fatal', '[tcp @ 0x5] Connection to tcp://10.9.9.9:554?timeout=0 failed: No route to host', /no way/],
  [
    'fatal',
    '[tcp @ 0x55607f6a01c0] Failed to resolve hostname nosuchhost.invalid: Name or service not known',
    /nosuchhost\.invalid cannot be resolved/,
  ],
  ['fatal', '[concat @ 0x1] rtsp://10.0.0.1/a: Connection timed out', /timed out/],
  ['fatal', 'pipe:0: Invalid data found when processing input', /no video stream/],
  ['fatal', 'file:/tmp/a.mp4: Invalid data found when processing input', /no video stream/],
  ['fatal', '[in#0 @ 0x1] Error opening input: Invalid data found when processing input', /no video stream/],
  ['fatal', 'file:/tmp/nosuch.mp4: No such file or directory', /no such file/],
  ['fatal', '[in#0 @ 0x1] Error opening input: No such file or directory', /no such file/],
  ['fatal', '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x565143874880] moov atom not found', /cut short/],
  [
    'fatal',
    "Stream specifier ':v:0' in filtergraph description [0:v:0]null[a] matches no streams.",
    /no video/,
  ],
  ['fatal', 'av_interleaved_write_frame(): No space left on device', /no space/],
  ['no-hardware', 'Device creation failed: -542398533.'],
  ['no-hardware', '[h264 @ 0x1] No device available for decoder: device type vaapi needed for codec h264.'],
  ['no-hardware', '[AVHWDeviceContext @ 0x5647fbe7f680] Cannot load libcuda.so.1'],
  ['no-hardware', '[h264_v4l2m2m @ 0x55d2633dbd40] Could not find a valid device'],
  ['no-hardware', '[h264 @ 0x1] Failed setup for format vaapi: hwaccel initialisation returned error.'],
  ['no-hardware', "Unknown decoder 'h264_v4l2m2m'"],
  ['degrade', '[h264 @ 0x55e0] error while decoding MB 31 45, bytestream -7'],
  ['degrade', '[h264 @ 0x55e0] non-existing PPS 0 referenced'],
  ['degrade', '[h264 @ 0x55e0] no frame!'],
  ['degrade', '[h264 @ 0x55e0] concealing 1350 DC, 1350 AC, 1350 MV errors in P frame'],
  ['degrade', '[h264 @ 0x55e0] left block unavailable for requested intra mode'],
  ['degrade', '[hevc @ 0x55e0] Could not find ref with POC 12'],
  ['degrade', '[hevc @ 0x55e0] PPS id out of range: 0'],
  ['degrade', '[rtsp @ 0x55e0] RTP: missed 12 packets'],
  ['degrade', '[rtsp @ 0x55e0] max delay reached. need to consume packet'],
  ['degrade', 'Error while decoding stream #0:0: Invalid data found when processing input'],
  [
    'degrade',
    '[vist#0:0/h264 @ 0x1] Error submitting packet to decoder: Invalid data found when processing input',
  ],
  ['ignore', "Input #0, concat, from 'pipe:0':"],
  ['ignore', '  Duration: N/A, start: 0.000000, bitrate: N/A'],
  ['ignore', 'Press [q] to stop, [?] for help'],
  ['ignore', 'Exiting normally, received signal 15.'],
  ['ignore', ''],
];

test('each line has its verdict', (t) => {
  for (const [verdict, line, reason] of LINES) {
    const found = judge(line);
    t.equal(found.verdict, verdict, line);
    if (reason) t.match(found.reason, reason);
  }
  t.end();
});

test('what is kept is the worst, and of equals the first', (t) => {
  const kept = (lines: string[]) =>
    lines.reduce<Judgement | undefined>((before, line) => worse(before, judge(line)), undefined)?.reason;
  t.match(
    kept([
      '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized',
      "[concat @ 0x1] Impossible to open 'rtsp://127.0.0.1/stream'",
      'pipe:0: Invalid data found when processing input',
    ]),
    /401/,
  );
  t.match(kept(['[tcp @ 0x1] x failed: Connection refused', 'pipe:0: Input/output error']), /refused/);
  t.equal(kept(['[h264 @ 0x1] no frame!', 'Exiting normally, received signal 15.']), undefined);
  t.end();
});

test('facts of the stream', (t) => {
  const table: [line: string, wanted: ReturnType<typeof streamFacts>][] = [
    [
      '  Stream #0:0: Video: h264 (Main), yuv420p(tv, bt709, progressive), 1920x1080 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn',
      { codec: 'h264', widthPx: 1920, heightPx: 1080, announcedFps: 25 },
    ],
    [
      '  Stream #0:0[0x1](und): Video: hevc (Main) (hvc1 / 0x31637668), yuvj420p(pc), 704x576, 512 kb/s, 12.50 fps, 12.50 tbr, 90k tbn (default)',
      { codec: 'hevc', widthPx: 704, heightPx: 576, announcedFps: 12.5 },
    ],
    [
      '  Stream #0:0: Video: rawvideo (I420 / 0x30323449), yuv420p(progressive), 2560x1440, q=2-31, 17280 kb/s, 25 fps, 90k tbn',
      { codec: 'rawvideo', widthPx: 2560, heightPx: 1440, announcedFps: 25 },
    ],
    [
      '  Stream #0:0: Video: h264, yuv420p, 640x360, 90k tbr, 90k tbn',
      { codec: 'h264', widthPx: 640, heightPx: 360, announcedFps: undefined },
    ],
    ['  Stream #0:1: Audio: aac (LC), 44100 Hz, stereo, fltp', undefined],
    ['  Stream #0:0: Video: h264, none, 90k tbr, 90k tbn', undefined],
    ['Stream mapping:', undefined],
  ];
  for (const [line, wanted] of table) t.same(streamFacts(line), wanted, line);
  t.equal(section("Input #0, concat, from 'pipe:0':"), 'input');
  t.equal(section("Output #0, image2, to '/dev/shm/x/%d.yuv':"), 'full');
  t.equal(section("Output #1, nut, to 'pipe:1':"), 'small');
  t.equal(section('  Metadata:'), undefined);
  t.ok(
    tellsOfNewSize(
      '[fc#0 @ 0x1] Reconfiguring filter graph because video parameters changed to yuv420p(tv), 1280x720',
    ),
  );
  t.end();
});

test('no login gets through', (t) => {
  const line = "[concat @ 0x1] Impossible to open 'rtsp://admin:p%40ss%3A1@10.0.0.1/a?b=c@d'";
  t.equal(
    redacted(line, ['p@ss:1', 'p%40ss%3A1']),
    "[concat @ 0x1] Impossible to open 'rtsp://***@10.0.0.1/a?b=c@d'",
  );
  t.equal(redacted('the secret p@ss:1, twice: p@ss:1', ['p@ss:1', '']), 'the secret ***, twice: ***');
  t.equal(redacted('no secret', []), 'no secret');
  t.end();
});
