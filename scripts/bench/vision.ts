// What does it cost to read a picture? Each picture is decoded, searched and read as `anpr recognise` does it; wall
// and CPU milliseconds of each part, what ONNX Runtime alone takes of that, and the memory. docs/benchmarks-vision.md
// keeps the figures.
//
//     taskset -c 0 node scripts/bench/vision.ts [--pictures DIR] [--rounds 40] [--detector NAME] [--input NAME] [--reader NAME]
//
// Pictures are brought to half a megapixel first (816x612, colour JPEG), those of the tests unless a folder is named.

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { picturesOf } from '../../agent/recognise/index.ts';
import { frameOfPicture, loadVision, modelsDirectory } from '../../agent/vision/index.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: path.join(root, 'test/fixtures/plates') },
    rounds: { type: 'string', default: '40' },
    models: { type: 'string', default: modelsDirectory },
    detector: { type: 'string', default: 'centre-v1' },
    input: { type: 'string', default: 'default' },
    reader: { type: 'string', default: 'crnn-v1' },
    width: { type: 'string', default: '816' },
    height: { type: 'string', default: '612' },
  },
});
const [width, height] = [Number(values.width), Number(values.height)];
const rounds = Number(values.rounds);
const WARM_UP_ROUNDS = 3;

const vision = await loadVision({
  directory: values.models,
  detector: values.detector,
  detectorInput: values.input,
  reader: values.reader,
});
const pictures: Buffer[] = [];
for (const { file } of await picturesOf([values.pictures]))
  pictures.push(
    await sharp(file).resize(width, height).toColourspace('srgb').jpeg({ quality: 88 }).toBuffer(),
  );

/** Milliseconds of one part, one number a picture. */
const wall: Record<string, number[]> = { decode: [], detect: [], read: [], 'read, a plate': [], total: [] };
const cpuMs = { decode: 0, look: 0, looks: 0 };
let plates = 0;

for (let round = -WARM_UP_ROUNDS; round < rounds; round++)
  for (const bytes of pictures) {
    const before = process.cpuUsage();
    const started = performance.now();
    const frame = await frameOfPicture(bytes, { limits: vision.smallLimits, colour: vision.colour });
    const decoded = performance.now();
    const decodeCpu = process.cpuUsage(before);
    const { sightings, ms } = await vision.look(frame);
    frame.release();
    const total = performance.now() - started;
    const allCpu = process.cpuUsage(before);
    if (round < 0) continue;
    wall.decode!.push(decoded - started);
    wall.detect!.push(ms.detect);
    wall.read!.push(ms.read);
    if (sightings.length > 0) wall['read, a plate']!.push(ms.read / sightings.length);
    wall.total!.push(total);
    plates += sightings.length;
    cpuMs.decode += millis(decodeCpu);
    cpuMs.look += millis(allCpu) - millis(decodeCpu);
    cpuMs.looks++;
  }

const looks = cpuMs.looks;
console.log(`${cpus()[0]?.model.trim()}, Node ${process.versions.node}`);
console.log(
  `${values.detector} ${vision.info.detector.version} (${mega(vision.info.detector.sizeBytes)} MB), ` +
    `${values.reader} ${vision.info.reader.version} (${mega(vision.info.reader.sizeBytes)} MB), 1 thread`,
);
console.log(
  `${pictures.length} pictures of ${width}x${height}, ${rounds} rounds, ${(plates / looks).toFixed(1)} plates each\n`,
);
console.log('ms               p50     p95');
for (const [name, list] of Object.entries(wall)) console.log(name.padEnd(14), at(list, 0.5), at(list, 0.95));
console.log(
  `\nCPU ms a picture: decode ${(cpuMs.decode / looks).toFixed(1)}, look ${(cpuMs.look / looks).toFixed(1)}`,
);

const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
console.log(
  `memory: ${mebi(process.memoryUsage.rss())} MiB now, ${mebi(Number(peak) * 1024)} MiB at most (the ${pictures.length} JPEGs included)`,
);

const detectorAlone = await alone('detector', values.detector, smallDims());
const readerAlone = await alone('reader', values.reader, [1, 1, 48, 192]);
const share = (part: number, name: string) => `${Math.round((100 * part) / median(wall[name]!))} %`;
console.log(
  `ONNX Runtime alone, p50: detector ${detectorAlone.toFixed(1)} ms (${share(detectorAlone, 'detect')} of detect), ` +
    `reader ${readerAlone.toFixed(1)} ms (${share(readerAlone, 'read, a plate')} of a plate)`,
);
await vision.close();

/** What the detector's input is for these pictures. */
function smallDims(): number[] {
  const small = vision.smallSize(width, height);
  const up = (length: number) => Math.ceil(length / 32) * 32;
  return [1, 1, up(small.height), up(small.width)];
}

async function alone(kind: string, name: string, dims: number[]): Promise<number> {
  const file = path.join(values.models, kind, name, 'model.onnx');
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const size = dims.reduce((a, b) => a * b, 1);
  const noise = Float32Array.from({ length: size }, () => Math.random());
  const input = { [session.inputNames[0]!]: new Tensor('float32', noise, dims) };
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const started = performance.now();
    await session.run(input);
    if (i >= 10) times.push(performance.now() - started);
  }
  await session.release();
  return median(times);
}

function at(list: number[], q: number): string {
  const sorted = [...list].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
  return value.toFixed(1).padStart(7);
}

function median(list: number[]): number {
  return Number(at(list, 0.5));
}

function millis({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function mebi(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
