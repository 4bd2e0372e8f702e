// What the whole agent costs, beside its two unavoidable parts in the same run: ffmpeg decoding alone and ONNX Runtime
// alone. Several cameras play recordings over RTSP; mosquitto takes the reads.
//
//   node scripts/bench/agent.ts --clip traffic-1080p25.mp4 [--clip OTHER.mp4 …] [--cameras 4] [--in-step]
//   (scripts/render-traffic makes a clip: 1920x1080 at 25/s with a vehicle every five seconds)
//
// Cameras take the clips in turn, and each begins elsewhere in its own, so that vehicles pass them at different moments, as on a
// road; with --in-step all begin at the beginning, and with one clip every vehicle passes all cameras at once.
//
// CPU seconds are user + system of all processes of a part, from the kernel's count of ended children.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openCamera } from '../../agent/capture/index.ts';
import { cameraSchema } from '../../agent/config/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import type { ModelRuns } from '../../agent/vision/index.ts';
import { agentFolder } from '../../test/fixtures/agent.ts';
import { startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { startRtspCamera } from '../../test/fixtures/rtsp-camera.ts';
import { subscribe } from '../../test/fixtures/subscriber.ts';
import { judge, readTruth } from '../lib/truth.ts';
import { begunElsewhere, endingTogether, type Recording, TOGETHER_MS } from './lib/begun-elsewhere.ts';
import { TICKS_PER_SECOND, treeSeconds } from './lib/processes.ts';

const { values } = parseArgs({
  options: {
    clip: { type: 'string', multiple: true },
    cameras: { type: 'string', default: '4' },
    'in-step': { type: 'boolean', default: false },
    // parts that run in a process of their own
    capture: { type: 'string' },
    runs: { type: 'string' },
  },
});
const RUNS = ['frames', 'closeUps', 'cuts', 'strips'] as const;
const log = createLog('error');

if (values.capture !== undefined) await captureAlone(values.capture);
else if (values.runs !== undefined) await onnxAlone(JSON.parse(values.runs));
else if (values.clip !== undefined) await compare(values.clip, Number(values.cameras));
else
  throw new Error(
    'usage: node scripts/bench/agent.ts --clip CLIP.mp4 [--clip OTHER.mp4 …] [--cameras 4] [--in-step]',
  );

/** User and system seconds of all children that have ended so far, with theirs. */
function endedChildrenSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const before = endedChildrenSeconds();
  await work();
  return endedChildrenSeconds() - before;
}

function own(...options: string[]) {
  return spawn(process.execPath, [fileURLToPath(import.meta.url), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

interface Played extends Recording, Awaited<ReturnType<typeof startRtspCamera>> {}

/** The recording of each camera; a clip has its truth beside it. */
async function recordingsOf(clips: readonly string[], count: number, folder: string): Promise<Recording[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const clip = clips[index % clips.length]!;
      const truth = readTruth(clip.replace(/\.\w+$/, '.json'));
      // Vehicles come at about equal distances: a share of that distance keeps them apart, besides a share of the clip.
      const betweenMs = (truth.clip.seconds * 1000) / truth.passages.length;
      const wantedMs = (index / count) * (truth.clip.seconds * 1000 + betweenMs);
      return begunElsewhere(clip, truth, values['in-step'] ? 0 : wantedMs, folder);
    }),
  );
}

/** @param clips played in turn by the cameras, all of the same length */
async function compare(clips: readonly string[], count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'anpr-bench-agent-'));
  const recordings = await recordingsOf(clips, count, folder);
  const cameras: Played[] = await Promise.all(
    recordings.map(async (recording) => ({ ...recording, ...(await startRtspCamera(recording.clip)) })),
  );
  const { seconds: clipSeconds, fps } = cameras[0]!.truth.clip;
  if (cameras.some(({ truth }) => truth.clip.seconds !== clipSeconds))
    throw new Error('clips of one length are wanted: what all processes cost is told for a clip');
  const passages = cameras.reduce((sum, { truth }) => sum + truth.passages.length, 0);
  const begins = recordings.map(({ fromMs }) => (fromMs / 1000).toFixed(1)).join(', ');
  console.log(
    `${count} cameras, ${clips.join(', ')}: ${clipSeconds} s at ${fps}/s, ${passages} passages in all\n` +
      `recordings begin at ${begins} s: ${endingTogether(recordings)} passages end within ${TOGETHER_MS} ms of another camera's`,
  );
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${load}, Node ${process.versions.node}\n`,
  );

  const decode = await seconds(async () => {
    await Promise.all(
      cameras.map(async ({ url }) => {
        const arguments_ = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, '-an', '-f', 'null', '-'];
        await once(spawn('ffmpeg', arguments_, { stdio: 'ignore' }), 'exit');
      }),
    );
  });
  const capture = await seconds(async () => {
    await Promise.all(
      cameras.map(async ({ url, events }) => {
        const child = own('--capture', url);
        await once(events, 'eos');
        child.kill('SIGTERM');
        await once(child, 'exit');
      }),
    );
  });
  const run = await wholeAgent(cameras, clipSeconds);
  let onnx = 0;
  await seconds(async () => {
    const child = own('--runs', JSON.stringify(run.runs));
    let told = '';
    child.stdout.on('data', (text) => (told += text));
    await once(child, 'close');
    onnx = JSON.parse(told).seconds;
  });
  await Promise.all(cameras.map((camera) => camera.close()));
  rmSync(folder, { recursive: true });

  const row = (name: string, value: number) =>
    console.log(
      `${name.padEnd(44)} ${value.toFixed(1).padStart(7)} s  ${(value / clipSeconds).toFixed(2).padStart(5)} cores`,
    );
  row('ffmpeg decoding alone', decode);
  const { frames, closeUps, cuts, strips } = run.runs;
  row(`ONNX Runtime alone (${frames} frames, ${closeUps} close-ups, ${cuts} cuts, ${strips} strips)`, onnx);
  row('capture alone (decoding and frame transport)', capture);
  row('the whole agent, once it runs', run.running);
  row('  of this ffmpeg', run.ffmpeg);
  row('  with starting and stopping it', run.cpu);
  console.log(`\nwhole agent / (decoding + ONNX Runtime)      ${(run.running / (decode + onnx)).toFixed(2)}`);
  console.log(
    `frame transport, share of the whole          ${(((capture - decode) / run.running) * 100).toFixed(0)} %`,
  );
  console.log(`passages found                               ${run.found} of ${passages}`);
  console.log(`read exactly                                 ${run.exact} of ${passages}`);
  console.log(`frames dropped                               ${run.dropped}`);
  console.log(`last frame of the plate to PUBACK            ${quantiles(run.fromLastSeen)}`);
  console.log(`passage's end to PUBACK                      ${quantiles(run.fromEnded)}`);
  console.log(`  of this to the journal                     ${quantiles(run.toJournal)}`);
}

function quantiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${sorted.at(-1)} ms (n = ${sorted.length})`;
}

async function wholeAgent(cameras: readonly Played[], clipSeconds: number) {
  const broker = await startMosquitto();
  const central = await subscribe(broker.url);
  const folder = agentFolder({
    cameras: cameras.map(({ url }, index) => ({ id: `camera-${index + 1}`, url })),
    uplink: { url: broker.url },
    log: { level: 'info' },
  });
  const runs: ModelRuns = { frames: 0, closeUps: 0, cuts: 0, strips: 0 };
  const result = { cpu: 0, running: 0, ffmpeg: 0, runs, dropped: 0, found: 0, exact: 0 };
  const fromLastSeen: number[] = [];
  const fromEnded: number[] = [];
  const toJournal: number[] = [];
  const startedAt: number[] = [];
  result.cpu = await seconds(async () => {
    const played = cameras.map(({ events }, index) =>
      once(events, 'play').then(() => {
        startedAt[index] = Date.now();
      }),
    );
    const over = cameras.map(({ events }) => once(events, 'eos'));
    const agent = await folder.start();
    await Promise.all(played);
    await agent.until(({ cameras }) => cameras.every(({ looks }) => looks > 0));
    const [cpuBefore, before] = [treeSeconds(agent.pid), performance.now()];
    await Promise.all(over);
    const running = (performance.now() - before) / 1000;
    const cpuAfter = treeSeconds(agent.pid);
    const perClip = clipSeconds / running;
    result.running = (cpuAfter.all - cpuBefore.all) * perClip;
    result.ffmpeg = (cpuAfter.ffmpeg - cpuBefore.ffmpeg) * perClip;
    const status = await agent.status();
    for (const camera of status.cameras) {
      result.dropped += camera.framesDropped;
    }
    await agent.stop();
    const journal = await folder.journal();
    const records = await journal.reads({ limit: 100_000 });
    await journal.close();
    const endedAt = new Map<string, number>();
    for (const line of agent
      .log()
      .split('\n')
      .filter((text) => text.startsWith('{'))) {
      const entry = JSON.parse(line);
      if (entry.msg === 'read kept') endedAt.set(entry.read, Date.parse(entry.endedAt));
      if (entry.msg === 'looked') for (const name of RUNS) runs[name] += entry[name];
    }
    const last = new Map(central.reads.map(({ read }) => [read.id, Date.parse(read.passage.lastSeen)]));
    for (const { id, appendedAt, deliveryAt: deliveredAt } of records) {
      if (deliveredAt === null) continue;
      if (last.has(id)) fromLastSeen.push(deliveredAt - last.get(id)!);
      if (!endedAt.has(id)) continue;
      fromEnded.push(deliveredAt - endedAt.get(id)!);
      toJournal.push(appendedAt - endedAt.get(id)!);
    }
  });
  cameras.forEach(({ truth }, index) => {
    const reads = central.reads
      .filter(({ read }) => read.camera === `camera-${index + 1}`)
      .map(({ read }) => ({
        text: read.plate.text,
        firstSeen: Date.parse(read.passage.firstSeen),
        lastSeen: Date.parse(read.passage.lastSeen),
      }));
    const verdict = judge(truth, reads, startedAt[index]!);
    result.found += verdict.found;
    result.exact += verdict.exact;
  });
  await central.close();
  await folder.close();
  await broker.stop();
  return { ...result, fromLastSeen, fromEnded, toJournal };
}

/** Capture and nothing else: every frame is taken and let go. */
async function captureAlone(url: string): Promise<void> {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const camera = openCamera(cameraSchema.parse({ id: 'bench', url }), { log, signal: stop.signal });
  for await (const frame of camera.frames()) frame.release();
  await camera.close();
}

/** As many runs of the models as the agent made, on zeros and on one thread; prints the CPU seconds of the runs alone. */
async function onnxAlone({ frames, closeUps, cuts, strips }: ModelRuns): Promise<void> {
  const options = { intraOpNumThreads: 1, extra: { session: { intra_op: { allow_spinning: '0' } } } };
  const open = (path: string) =>
    InferenceSession.create(
      fileURLToPath(new URL(`../../models/${path}/model.onnx`, import.meta.url)),
      options,
    );
  const detector = await open('detector/centre-v1');
  const straightener = await open('straightener/corners-v1');
  const reader = await open('reader/crnn-v1');
  const zeros = (width: number, height: number) =>
    new Tensor('float32', new Float32Array(width * height), [1, 1, height, width]);
  const [picture, closeUp, cut, plate] = [zeros(640, 384), zeros(128, 64), zeros(160, 64), zeros(192, 48)];
  await detector.run({ picture });
  await straightener.run({ plate: cut });
  await reader.run({ plate });
  const before = process.cpuUsage();
  for (let i = 0; i < frames; i++) await detector.run({ picture });
  for (let i = 0; i < closeUps; i++) await detector.run({ picture: closeUp });
  for (let i = 0; i < cuts; i++) await straightener.run({ plate: cut });
  for (let i = 0; i < strips; i++) await reader.run({ plate });
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ seconds: (user + system) / 1e6 }));
}
