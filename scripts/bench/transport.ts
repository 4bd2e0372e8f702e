// What does it cost to bring decoded pictures from ffmpeg into Node? The same clip is decoded as fast as it goes, once
// for each way of transport, and the CPU seconds (user + system) of ffmpeg and of this process are compared with
// decoding alone. agent/capture/ffmpeg-arguments.ts uses the way that won; docs/benchmarks-capture.md keeps the figures.
//
//     node scripts/bench/transport.ts [clip.mp4] [--rounds 3]
//
// Without a clip it renders 20 s of moving 1080p25 H.264 (ffmpeg's testsrc2 with noise) into a temporary folder.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openCamera } from '../../agent/capture/index.ts';
import { cameraSchema } from '../../agent/config/index.ts';
import { createLog } from '../../agent/shared/log.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
});
const rounds = Number(values.rounds);
const CLOCK_TICKS_PER_SECOND = 100;
const KEPT_FILES = 12;

const work = mkdtempSync(join(tmpdir(), 'anpr-bench-'));
const ring = mkdtempSync('/dev/shm/anpr-bench-');
process.on('exit', () => {
  rmSync(work, { recursive: true, force: true });
  rmSync(ring, { recursive: true, force: true });
});

const clip = positionals[0] ?? (await render());
const { width, height, frames } = await probe(clip);
const scale = Math.min(640 / width, 384 / height);
const small = { width: even(width * scale), height: even(height * scale) };
console.log(
  `${clip}: ${width}x${height}, ${frames} frames; small ${small.width}x${small.height}; ${rounds} rounds`,
);

const shrink = (flags: string) => `scale=${small.width}:${small.height}:flags=${flags}`;
/** luma read by the scaler where it lies, instead of a copy of the plane */
const inPlace = `${shrink('area')}:in_range=full:out_range=full,format=gray`;
const keepLargeBlocks = { MALLOC_MMAP_THRESHOLD_: String(1 << 30), MALLOC_TRIM_THRESHOLD_: String(1 << 30) };
const onPipe = ['-f', 'nut', '-c:v', 'rawvideo', '-flush_packets', '1', 'pipe:1'];
const pass = ['-fps_mode', 'passthrough'];
const files = ['-f', 'image2', '-c:v', 'rawvideo', join(ring, '%d.yuv')];
const oneFile = ['-update', '1', '-protocol_opts', 'truncate=0', join(ring, 'frame.yuv')];
const overwritten = ['-f', 'image2', '-c:v', 'rawvideo', ...oneFile];
const oneThread = ['-threads', '1'];
const full = width * height;

interface Way {
  name: string;
  input?: string[];
  output: string[];
  frameBytes: number;
  ring?: boolean;
  env?: NodeJS.ProcessEnv;
}

const ways: Way[] = [
  { name: 'decode only', output: [...pass, '-f', 'null', '-'], frameBytes: 0 },
  { name: 'decode only, default threads', input: [], output: [...pass, '-f', 'null', '-'], frameBytes: 0 },
  { name: 'full yuv420p, pipe', output: ['-pix_fmt', 'yuv420p', ...pass, ...onPipe], frameBytes: full * 1.5 },
  { name: 'full Y, pipe', output: ['-vf', 'extractplanes=y', ...pass, ...onPipe], frameBytes: full },
  ...['fast_bilinear', 'bilinear', 'area'].map((flags) => ({
    name: `small Y alone (${flags}), pipe`,
    output: ['-vf', `extractplanes=y,${shrink(flags)}`, ...pass, ...onPipe],
    frameBytes: small.width * small.height,
  })),
  {
    name: 'small Y alone (area, in place), pipe',
    output: ['-vf', inPlace, ...pass, ...onPipe],
    frameBytes: small.width * small.height,
  },
  {
    name: 'small Y (area) on a pipe, full yuv420p as files',
    output: graph(`split[f][s];[s]extractplanes=y,${shrink('area')}[small];[f]null[full]`),
    frameBytes: small.width * small.height,
    ring: true,
  },
  {
    name: 'small Y (area) on a pipe, full yuv420p into one file, written over',
    output: graph(`split[f][s];[s]extractplanes=y,${shrink('area')}[small];[f]null[full]`, overwritten),
    frameBytes: small.width * small.height,
  },
  {
    name: 'small Y (area, in place), full yuv420p into one file, written over',
    output: graph(`split[f][s];[s]${inPlace}[small];[f]null[full]`, overwritten),
    frameBytes: small.width * small.height,
  },
  {
    name: 'the same, large buffers kept on the heap',
    output: graph(`split[f][s];[s]${inPlace}[small];[f]null[full]`, overwritten),
    frameBytes: small.width * small.height,
    env: keepLargeBlocks,
  },
  {
    name: 'small Y (area) on a pipe, full Y as files',
    output: graph(`extractplanes=y,split[full][s];[s]${shrink('area')}[small]`),
    frameBytes: small.width * small.height,
    ring: true,
  },
];

function graph(text: string, fullSize: string[] = files): string[] {
  const complex = ['-filter_complex_threads', '1', '-filter_complex', `[0:v]${text}`];
  return [
    ...complex,
    '-map',
    '[full]',
    ...pass,
    ...fullSize,
    '-map',
    '[small]',
    ...pass,
    ...oneThread,
    ...onPipe,
  ];
}

/** The capture stage itself: small planes, files written over and over, frames in JavaScript's hands. */
const agentWays = [
  { name: 'the agent: every frame, nothing read', maxFramesPerSecond: Number.POSITIVE_INFINITY, rows: 0 },
  { name: 'the agent: 12 a second, nothing read', maxFramesPerSecond: 12, rows: 0 },
  { name: 'the agent: 12 a second, 100 rows read of each', maxFramesPerSecond: 12, rows: 100 },
];

// In turn, not one way after the other: a machine that is busy for a while is busy for all of them.
const measured = new Map<string, { ffmpeg: number; node: number }[]>();
for (let round = 0; round < rounds; round++) {
  for (const way of ways) note(way.name, await measure(way));
  for (const way of agentWays) note(way.name, await measureAgent(way));
}
let base = 0;
console.log('| way | ffmpeg s | node s | sum s | over decoding, ms a frame |\n|---|---|---|---|---|');
for (const [name, runs] of measured) report(name, runs);

function note(name: string, run: { ffmpeg: number; node: number }): void {
  measured.set(name, [...(measured.get(name) ?? []), run]);
}

function report(name: string, runs: { ffmpeg: number; node: number }[]): void {
  const best = runs.toSorted((one, other) => one.ffmpeg + one.node - other.ffmpeg - other.node)[0]!;
  const sum = best.ffmpeg + best.node;
  base ||= sum;
  const over = ((sum - base) / frames) * 1000;
  const figures = [best.ffmpeg, best.node, sum, over].map((figure) => figure.toFixed(2)).join(' | ');
  console.log(`| ${name} | ${figures} |`);
}

async function measureAgent(way: (typeof agentWays)[number]): Promise<{ ffmpeg: number; node: number }> {
  const before = cpuSeconds();
  const { maxFramesPerSecond } = way;
  const config = cameraSchema.parse({ id: 'bench', url: `file://${resolve(clip)}`, decode: 'software' });
  const camera = openCamera(config, { log: createLog('error'), pace: 'fast', maxFramesPerSecond });
  for await (const frame of camera.frames()) {
    if (way.rows > 0) frame.rows(height / 2, height / 2 + way.rows);
    frame.release();
  }
  await camera.close();
  const after = cpuSeconds();
  return { ffmpeg: after.children - before.children, node: after.own - before.own };
}

/** CPU seconds of one run; the bytes are counted and touched, as a parser would, but not copied together. */
async function measure(way: Way): Promise<{ ffmpeg: number; node: number }> {
  const before = cpuSeconds();
  const child = spawn(
    'ffmpeg',
    [
      '-nostdin',
      '-v',
      'error',
      '-y',
      ...(way.input ?? oneThread),
      '-i',
      clip,
      ...(way.input ?? oneThread),
      ...way.output,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...way.env } },
  );
  let bytes = 0;
  let oldest = 1;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (!way.ring) return;
    const newest = Math.floor(bytes / way.frameBytes);
    for (; oldest < newest - KEPT_FILES; oldest++) unlinkSync(join(ring, `${oldest}.yuv`));
  });
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${way.name}: ffmpeg ended with ${code}`);
  const after = cpuSeconds();
  rmSync(ring, { recursive: true, force: true });
  mkdirSync(ring);
  return { ffmpeg: after.children - before.children, node: after.own - before.own };
}

/** utime + stime and cutime + cstime of this process: proc(5), fields 14 to 17. */
function cpuSeconds(): { own: number; children: number } {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  const [user, system, childUser, childSystem] = fields.slice(11, 15) as [number, number, number, number];
  return {
    own: (user + system) / CLOCK_TICKS_PER_SECOND,
    children: (childUser + childSystem) / CLOCK_TICKS_PER_SECOND,
  };
}

async function render(): Promise<string> {
  const path = join(work, 'clip.mp4');
  const source = 'testsrc2=s=1920x1080:r=25:d=20,noise=alls=6:allf=t,format=yuv420p';
  const options = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '4M', '-g', '50', '-bf', '0', path];
  await output('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...options]);
  return path;
}

async function probe(path: string): Promise<{ width: number; height: number; frames: number }> {
  const entries = 'stream=width,height,nb_read_packets';
  const text = await output('ffprobe', [
    ...[
      '-v',
      'error',
      '-select_streams',
      'v:0',
      '-count_packets',
      '-show_entries',
      entries,
      '-of',
      'csv=p=0',
      path,
    ],
  ]);
  const [width = 0, height = 0, frames = 0] = text.trim().split(',').map(Number);
  return { width, height, frames };
}

async function output(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return text;
}

function even(value: number): number {
  return Math.max(2, Math.round(value / 2) * 2);
}
