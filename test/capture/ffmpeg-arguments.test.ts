// What ffmpeg is told, and what it is never told where others can see it.

import { execFileSync } from 'node:child_process';
import { test } from 'tap';
import {
  backends,
  type FfmpegWish,
  ffmpegArguments,
  inputList,
  percentEncoded,
} from '../../agent/capture/ffmpeg-arguments.ts';
import { noFfmpeg } from '../fixtures/needs.ts';

const wish: FfmpegWish = {
  config: { url: 'rtsp://10.0.0.7/stream', username: 'admin', transport: 'tcp' },
  backend: 'software',
  codec: undefined,
  small: { maxWidth: 640, maxHeight: 384 },
  maxFramesPerSecond: 12,
  pace: 'realtime',
  filePattern: '/dev/shm/x/%d.yuv',
};

/** The value after an option; undefined without it. */
function after(args: string[], option: string): string | undefined {
  const index = args.indexOf(option);
  return index < 0 ? undefined : args[index + 1];
}

test('the address of a camera is in no argument', (t) => {
  const args = ffmpegArguments(wish);
  t.notMatch(args.join(' '), /rtsp:\/\/|admin|10\.0\.0\.7/);
  t.equal(after(args, '-i'), 'pipe:0');
  t.match(inputList(wish.config, 'secret'), /^file 'rtsp:\/\/admin:secret@10\.0\.0\.7\/stream'$/m);
  t.end();
});

test('the list: login, transport, time-out', (t) => {
  const table: [config: Partial<FfmpegWish['config']>, password: string | undefined, wanted: RegExp][] = [
    [{}, undefined, /^file 'rtsp:\/\/admin@10\.0\.0\.7\/stream'$/m],
    [{ username: undefined }, undefined, /^file 'rtsp:\/\/10\.0\.0\.7\/stream'$/m],
    [{}, `it's`, /^file 'rtsp:\/\/admin:it%27s@/m],
    [{}, 'a\nfile /etc/passwd', /^file 'rtsp:\/\/admin:a%0Afile%20%2Fetc%2Fpasswd@/m],
    [{}, `$& $1`, /^file 'rtsp:\/\/admin:%24%26%20%241@/m],
    [{ url: `rtsp://10.0.0.7/it's?a=1&b=2` }, 'x', /^file 'rtsp:\/\/admin:x@10\.0\.0\.7\/it%27s\?a=1&b=2'$/m],
    [{ transport: 'udp' }, 'x', /^option rtsp_transport udp$/m],
    [{}, 'x', /^option timeout 5000000$/m],
    [{}, 'x', /^option fpsprobesize 0$/m],
  ];
  for (const [config, password, wanted] of table)
    t.match(inputList({ ...wish.config, ...config } as FfmpegWish['config'], password), wanted);
  t.equal(inputList({ ...wish.config, url: 'file:///a.mp4' }, undefined), undefined);
  t.equal(percentEncoded(`aZ0-_.~!'()*@:/é`), 'aZ0-_.~%21%27%28%29%2A%40%3A%2F%C3%A9');
  t.end();
});

test('a file is paced as it was filmed, or not at all', (t) => {
  const file = { ...wish, config: { ...wish.config, url: 'file:///var/a%20b.mp4' } };
  t.equal(after(ffmpegArguments(file), '-i'), 'file:/var/a b.mp4');
  t.ok(ffmpegArguments(file).includes('-re'));
  t.notOk(ffmpegArguments({ ...file, pace: 'fast' }).includes('-re'));
  t.notOk(ffmpegArguments(wish).includes('-re'));
  t.end();
});

test('decoders', (t) => {
  const before = (options: Partial<FfmpegWish>) => {
    const args = ffmpegArguments({ ...wish, ...options });
    return args.slice(0, args.indexOf('-i')).join(' ');
  };
  t.match(before({}), / -threads 1 /);
  t.match(before({ backend: 'vaapi' }), / -hwaccel vaapi /);
  t.match(before({ backend: 'cuda' }), / -hwaccel cuda /);
  t.match(before({ backend: 'v4l2m2m' }), / -c:v h264_v4l2m2m /);
  t.match(before({ backend: 'v4l2m2m', codec: 'hevc' }), / -c:v hevc_v4l2m2m /);
  t.end();
});

test('which decoder is tried, by wish and machine', (t) => {
  const machine = (architecture: string, ...paths: string[]) => ({
    architecture,
    has: (path: string) => paths.includes(path),
  });
  const render = '/dev/dri/renderD128';
  const table: [Parameters<typeof backends>[0], ReturnType<typeof machine>, string[]][] = [
    ['software', machine('x64', render), ['software']],
    ['vaapi', machine('x64'), ['vaapi', 'software']],
    ['cuda', machine('x64'), ['cuda', 'software']],
    ['auto', machine('x64'), ['software']],
    ['auto', machine('x64', render), ['vaapi', 'software']],
    ['auto', machine('x64', render, '/dev/nvidia0', '/dev/nvidiactl'), ['cuda', 'software']],
    ['auto', machine('arm64', '/dev/video10'), ['v4l2m2m', 'software']],
    ['auto', machine('arm64', render), ['software']],
    ['auto', machine('x64', '/dev/video10'), ['software']],
  ];
  for (const [wanted, where, ways] of table) t.same(backends(wanted, where), ways);
  t.end();
});

/** Times of the frames that the graph lets through of a stream with these times. */
function thinned(maxFramesPerSecond: number, source: string): number[] {
  const args = ffmpegArguments({ ...wish, maxFramesPerSecond });
  const select = /select='[^']*'/.exec(after(args, '-filter_complex')!)![0];
  const run = [
    '-f',
    'lavfi',
    '-i',
    source,
    '-vf',
    select,
    '-fps_mode',
    'passthrough',
    '-enc_time_base',
    '1:90000',
  ];
  const text = execFileSync('ffmpeg', ['-v', 'error', ...run, '-f', 'framecrc', '-'], { encoding: 'utf8' });
  return text
    .split('\n')
    .filter((line) => /^0,/.test(line))
    .map((line) => Number(line.split(',')[2]) / 90000);
}

test('thinning: at most so many, evenly, whatever the time stamps do', { skip: noFfmpeg }, (t) => {
  const gray = (fps: number, seconds: number) => `nullsrc=s=16x16:r=${fps}:d=${seconds}`;
  for (const [fps, most, wanted] of [
    [25, 12, 120],
    [15, 12, 120],
    [30, 12, 120],
    [12, 12, 120],
    [25, 25, 250],
    [8, 12, 80],
    [25, 1, 10],
  ] as const) {
    const count = thinned(most, gray(fps, 10)).length;
    t.ok(Math.abs(count - wanted) <= wanted * 0.08 + 1, `${fps} to ${most} a second: ${count} in 10 s`);
  }
  const jittered = thinned(25, `${gray(25, 10)},settb=1/90000,setpts='PTS+300*(random(0)-0.5)*2'`);
  t.ok(jittered.length > 240, `time stamps that jitter by 3 ms cost no frames: ${jittered.length} of 250`);
  const leap = thinned(12, `${gray(25, 10)},settb=1/90000,setpts='PTS+if(gt(N,125),3600*90000,0)'`);
  t.ok(Math.abs(leap.length - 120) < 12, `a leap of an hour: ${leap.length}`);
  const back = thinned(12, `${gray(25, 10)},settb=1/90000,setpts='if(gt(N,125),PTS-3*90000,PTS+7200*90000)'`);
  t.ok(Math.abs(back.length - 120) < 12, `back by two hours: ${back.length}`);
  t.end();
});
