// The camera probe against streams that have the fault: too few frames, lost packets, a black picture, B-frames, and
// what else goes wrong once a stream plays.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import type { ProbeResult } from '../../agent/health/index.ts';
import { probe } from '../../agent/health/probes/camera.ts';
import { type ClipOptions, makeClip } from '../fixtures/clips.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';

const skip = noRtspServer || noFfmpeg;

async function probed(camera: Record<string, unknown>): Promise<ProbeResult> {
  const config = schema.parse({
    version: 1,
    site: 'e19',
    box: 'north',
    cameras: [{ id: 'gate', ...camera }],
  });
  const context = { configFile: '/x', config, agent: undefined };
  return [await probe.run(context, new AbortController().signal)].flat()[0]!;
}

/** Plays a clip made for the test, with further options of the server. */
async function playing(t: Test, clip: ClipOptions | string, ...options: string[]) {
  const path = typeof clip === 'string' ? clip : makeClip(join(t.testdir(), 'clip.mp4'), clip);
  const camera = await startRtspCamera(path, ['--loop', ...options]);
  t.teardown(() => camera.close());
  return camera;
}

test('5 frames a second where 25 are announced', { skip }, async (t) => {
  const camera = await playing(
    t,
    { source: 'testsrc=size=640x360:rate=5', seconds: 6 },
    ...['--announce-fps', '25'],
  );
  t.match(await probed({ url: camera.url }), {
    finding: 'fewer-frames',
    verdict: 'warn',
    measured: /640x360, \d+ frames in [\d.]+ s \((4\.\d|5\.\d)\/s of 25\)/,
  });
});

for (const transport of ['tcp', 'udp'])
  test(`the stream over ${transport}: rate, key frames, loss, jitter, picture, in one session`, {
    skip: skip || noTraffic,
  }, async (t) => {
    const camera = await playing(t, trafficClip);
    const ends: unknown[] = [];
    camera.events.on('teardown', (event) => ends.push(event));
    const result = await probed({ url: camera.url, transport });
    t.match(result, {
      verdict: 'ok',
      finding: 'good',
      measured:
        /1920x1080, \d+ frames in 2\.\d s \(25\.0\/s of 25\), .*Mbit\/s, nothing lost, jitter \d+ ms, day picture \(colour\), \d+ % bright/,
    });
    t.match(ends, [{ polite: true }], 'one session, ended with TEARDOWN');
  });

test('packets that are lost on the way', { skip: skip || noTraffic }, async (t) => {
  const camera = await playing(t, trafficClip, '--lose-every', '20');
  t.match(await probed({ url: camera.url, transport: 'udp' }), {
    finding: 'heavy-loss',
    verdict: 'fail',
    measured: /[1-9]\d* packets lost/,
  });
});

const pictures: [name: string, source: string, finding: string][] = [
  [
    'a camera in the dark',
    'color=c=black:size=640x360:rate=15,noise=c0s=60:c0f=t,lutyuv=y=16+val/12',
    'dark',
  ],
  ['a covered camera', 'color=c=gray:size=640x360:rate=15', 'covered'],
  ['a camera that is blinded', 'testsrc=size=640x360:rate=15,lutyuv=y=225+val/16:u=128:v=128', 'bright'],
];
for (const [name, source, finding] of pictures)
  test(name, { skip }, async (t) => {
    const camera = await playing(t, { source, seconds: 4 });
    t.match(await probed({ url: camera.url }), {
      finding,
      verdict: 'warn',
      measured: /night picture \(grey\)/,
    });
  });

test('B-frames', { skip }, async (t) => {
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-bf', '2'];
  const camera = await playing(t, { source: 'testsrc=size=640x360:rate=15', seconds: 4, encoder });
  t.match(await probed({ url: camera.url }), { finding: 'b-frames', measured: /with B-frames/ });
});

test('H.265 is unpacked and decoded too', { skip }, async (t) => {
  const encoder = [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    'log-level=none:bframes=0:keyint=10',
    '-tag:v',
    'hvc1',
  ];
  const camera = await playing(t, { source: 'testsrc=size=640x360:rate=15', seconds: 4, encoder });
  t.match(await probed({ url: camera.url }), { finding: 'good', measured: /H265.*640x360.*nothing lost/ });
});

test('a camera that describes its stream and has no session left', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (text) => {
      const cseq = /CSeq: (\d+)/.exec(String(text))?.[1];
      const sdp = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';
      if (String(text).startsWith('SETUP'))
        socket.write(`RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: ${cseq}\r\n\r\n`);
      else socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  t.match(await probed({ url: `rtsp://127.0.0.1:${port}/x` }), {
    finding: 'busy',
    verdict: 'fail',
    measured: /453/,
  });
});
