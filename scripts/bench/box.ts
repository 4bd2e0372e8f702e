// What a box with one camera is promised, measured of the agent as it is run: how soon after its start the first frame is
// there, how soon it has stopped and with what, how much memory it holds, and what it costs at night with nothing moving.
//
//   node scripts/bench/box.ts [--anpr COMMAND] [--clip test/fixtures/traffic.mp4] [--starts 10] [--minutes 2] [--only start,work,night]
//
// A box has the package, which is smaller in memory than a checkout: unpacked with `dpkg-deb -x FILE.deb DIR`, its command is
// DIR/usr/lib/anpr-edge/scripts/anpr.
//
// The camera is an RTSP server on this machine, the broker mosquitto. Memory is what the kernel says of the agent's process and
// the camera's: resident (RSS, shared pages counted in both) and shares (PSS). Processor is user + system; decoding alone is
// ffmpeg with the same stream and nothing behind it, in the same minutes.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type AgentFolder, agentFolder, type RunningAgent } from '../../test/fixtures/agent.ts';
import { makeClip } from '../../test/fixtures/clips.ts';
import { startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { type RtspCamera, startRtspCamera } from '../../test/fixtures/rtsp-camera.ts';
import { treeSeconds } from './lib/processes.ts';

const { values } = parseArgs({
  options: {
    anpr: { type: 'string' },
    clip: {
      type: 'string',
      default: fileURLToPath(new URL('../../test/fixtures/traffic.mp4', import.meta.url)),
    },
    starts: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '2' },
    only: { type: 'string', default: 'start,work,night' },
  },
});
const ONLY = values.only.split(',');
const STARTS = Number(values.starts);
const MEASURED_MS = Number(values.minutes) * 60_000;
/** A camera's noise in the dark, and nothing that moves; the rate of an ordinary camera. */
const NIGHT = 'color=c=0x1c1c1c:size=1920x1080:rate=25,noise=alls=6:allf=t';
const NIGHT_ENCODER = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '50', '-b:v', '2M'];
/** models are loaded, the background is learnt, retries of the start are over */
const SETTLED_MS = 20_000;

interface Line {
  time: string;
  msg: string;
  state?: string;
}

/** What the agent logs on its way to the first frame; two processes, so not always in this order. */
const STEPS: [name: string, is: (line: Line) => boolean][] = [
  ['keys (modules are loaded, the configuration is read)', ({ msg }) => msg === 'keys of the box'],
  ['journal open', ({ msg }) => msg === 'journal open'],
  ['agent runs', ({ msg }) => msg === 'agent runs'],
  ['models loaded', ({ msg }) => msg === 'models loaded'],
  ['ffmpeg started', ({ msg, state }) => msg === 'camera state' && state === 'connecting'],
  ['the camera is asked to play', () => false],
  ['first frame', ({ msg, state }) => msg === 'camera state' && state === 'streaming'],
];

/** the camera's own event tells it */
const PLAYED = STEPS.findIndex(([name]) => name === 'the camera is asked to play');

const row = (name: string, value: string) => console.log(`${name.padEnd(52)} ${value}`);
const spread = (all: number[]) => {
  const sorted = all.toSorted((a, b) => a - b);
  return `${sorted[0]} to ${sorted.at(-1)} ms, median ${sorted[Math.floor(sorted.length / 2)]} (n = ${sorted.length})`;
};

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`);
row('command', values.anpr ?? 'of this checkout');
row('load when it began', loadavg()[0]!.toFixed(1));
const scratch = mkdtempSync(join(tmpdir(), 'anpr-bench-box-'));
const broker = await startMosquitto();
try {
  const day = await startRtspCamera(values.clip, ['--loop']);
  const folder = boxWith(day.url);
  if (ONLY.includes('start')) await startsAndStops(folder, day);
  if (ONLY.includes('work')) await atWork(folder);
  await folder.close();
  await day.close();
  if (ONLY.includes('night')) await throughTheNight();
} finally {
  await broker.stop();
  rmSync(scratch, { recursive: true, force: true });
}
row('load when it ended', loadavg()[0]!.toFixed(1));

async function throughTheNight(): Promise<void> {
  const clip = makeClip(join(scratch, 'night.mp4'), { source: NIGHT, seconds: 20, encoder: NIGHT_ENCODER });
  const night = await startRtspCamera(clip, ['--loop']);
  const dark = boxWith(night.url);
  await atNight(dark, night.url);
  await dark.close();
  await night.close();
}

function boxWith(url: string): AgentFolder {
  const config = { cameras: [{ id: 'gate', url }], uplink: { url: broker.url }, log: { level: 'info' } };
  return agentFolder(config, values.anpr === undefined ? {} : { anpr: values.anpr });
}

function linesOf(agent: RunningAgent): Line[] {
  const lines = agent.log().split('\n');
  return lines.filter((line) => /^\{.*\}$/.test(line)).map((line) => JSON.parse(line));
}

/** Waits for the first frame. @returns when each step was done, UTC epoch milliseconds; undefined: not told */
async function streaming(agent: RunningAgent): Promise<(number | undefined)[]> {
  await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');
  const lines = linesOf(agent);
  const times = STEPS.map(([, is]) => lines.find(is)?.time);
  if (times.at(-1) === undefined) throw new Error('wanted a line that says when the camera began to stream');
  return times.map((time) => (time === undefined ? undefined : Date.parse(time)));
}

/** Each stop comes at another moment of the recording, so that some passages are open. */
async function startsAndStops(folder: AgentFolder, camera: RtspCamera): Promise<void> {
  const steps: number[][] = STEPS.map(() => []);
  const spent: number[] = [];
  const stops: number[] = [];
  let [keptByStops, keptAll] = [0, 0];
  let playedAt: number | undefined;
  camera.events.on('play', () => {
    playedAt = Date.now();
  });
  for (let start = 0; start < STARTS; start++) {
    const begunAt = Date.now();
    const agent = await folder.start();
    const doneAt = await streaming(agent);
    spent.push(Math.round(1000 * treeSeconds(agent.pid).all));
    doneAt[PLAYED] = playedAt;
    for (const [step, at] of doneAt.entries()) if (at !== undefined) steps[step]?.push(at - begunAt);
    await sleep(5000 + start * 770);
    const stoppedAt = Date.now();
    const status = await agent.stop();
    stops.push(Date.now() - stoppedAt);
    if (status !== 0) throw new Error(`the agent ended with ${status}:\n${agent.log()}`);
    const kept = linesOf(agent).filter(({ msg }) => msg === 'read kept');
    keptAll += kept.length;
    keptByStops += kept.filter(({ time }) => Date.parse(time) >= stoppedAt).length;
  }
  row('from the start of the process to:', '');
  for (const [step, [name]] of STEPS.entries()) row(`  ${name}`, spread(steps[step]!));
  row('  processor of all processes until then', spread(spent));
  row('SIGTERM to its end', spread(stops));
  const journal = await folder.journal();
  const [reads, counts] = [await journal.reads({ limit: 100_000 }), await journal.counts()];
  await journal.close();
  row('reads told as kept / of these by the stops', `${keptAll} / ${keptByStops}`);
  row('reads in the journal / records not delivered', `${reads.length} / ${counts.pending}`);
}

async function atWork(folder: AgentFolder): Promise<void> {
  const agent = await folder.start();
  await streaming(agent);
  await sleep(MEASURED_MS);
  const { cameras } = await agent.status();
  row(`memory after ${values.minutes} min of traffic, ${cameras[0]?.reads} reads:`, '');
  memory(agent.pid, cameras[0]?.pid);
  await agent.stop();
}

async function atNight(folder: AgentFolder, url: string): Promise<void> {
  const agent = await folder.start();
  await streaming(agent);
  await sleep(SETTLED_MS);
  const decoding = decodeAlone(url);
  await sleep(2000);
  const look = async () => ({
    at: performance.now(),
    agent: treeSeconds(agent.pid),
    alone: treeSeconds(decoding.pid ?? 0).all,
    camera: (await agent.status()).cameras[0]!,
  });
  const before = await look();
  await sleep(MEASURED_MS);
  const after = await look();
  decoding.kill('SIGTERM');
  const seconds = (after.at - before.at) / 1000;
  const share = (spent: number) => `${((100 * spent) / seconds).toFixed(1)} % of a core`;
  const all = after.agent.all - before.agent.all;
  const ffmpeg = after.agent.ffmpeg - before.agent.ffmpeg;
  const frames = after.camera.framesDecoded - before.camera.framesDecoded;
  const looks = after.camera.looks - before.camera.looks;
  row('at night, nothing moving: frames a second / looks', `${(frames / seconds).toFixed(1)} / ${looks}`);
  row("  agent and camera's process, ffmpeg apart", share(all - ffmpeg));
  row('  ffmpeg of the agent / decoding alone', `${share(ffmpeg)} / ${share(after.alone - before.alone)}`);
  row('  all of it beyond decoding alone', share(all - (after.alone - before.alone)));
  row('memory at night:', '');
  memory(agent.pid, after.camera.pid);
  await agent.stop();
}

function decodeAlone(url: string): ChildProcess {
  const input = ['-v', 'error', '-rtsp_transport', 'tcp', '-threads', '1', '-i', url];
  return spawn('ffmpeg', [...input, '-an', '-f', 'null', '-'], { stdio: 'ignore' });
}

function memory(agent: number, camera: number | null | undefined): void {
  const processes = [agent, camera ?? 0];
  const mebibytes = (file: string, field: string) =>
    processes.map((pid) => {
      const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
      return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
    });
  for (const [name, file, field] of [
    ['RSS', 'status', 'VmRSS'],
    ['RSS at most so far', 'status', 'VmHWM'],
    ['PSS', 'smaps_rollup', 'Pss'],
  ] as const) {
    const [own = 0, its = 0] = mebibytes(file, field);
    row(
      `  ${name}`,
      `${(own + its).toFixed(0)} MiB: agent ${own.toFixed(0)}, camera's process ${its.toFixed(0)}`,
    );
  }
}
