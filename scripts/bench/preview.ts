// What aiming and the preview cost, and how late they are: the same recording over RTSP three times, with nobody beside the
// agent's work, with somebody who aims, and with a viewer of the page, in a real Chromium where there is one. What is read
// must be the same each time.
//
//   node scripts/bench/preview.ts --clip test/fixtures/traffic.mp4 [--only open|alone|aim|preview]
//
// CPU seconds are user + system of a process and everything below it. The viewer's own (Chromium) are not counted: that is
// another machine's.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectApi } from '../../agent/api/index.ts';
import { findTools } from '../../agent/capture/index.ts';
import { startPreview } from '../../agent/preview/index.ts';
import { agentFolder } from '../../test/fixtures/agent.ts';
import { type Chromium, noChromium, type Page, startChromium } from '../../test/fixtures/chromium.ts';
import { startRtspCamera } from '../../test/fixtures/rtsp-camera.ts';
import { readTruth } from '../lib/truth.ts';
import { treeSeconds } from './lib/processes.ts';

const { values } = parseArgs({ options: { clip: { type: 'string' }, only: { type: 'string' } } });
if (values.clip === undefined) throw new Error('usage: node scripts/bench/preview.ts --clip CLIP.mp4');
const { clip } = values;
const truth = readTruth(clip.replace(/\.\w+$/, '.json'));
const anpr = fileURLToPath(new URL('../anpr', import.meta.url));
const VIEWER = {
  /** a video is there once a number of its pictures is known */
  video: `performance.getEntriesByName('first-video').length > 0`,
  /** when the still was painted (Element Timing), since the address was opened; its redirect is among it */
  still: `new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries()[0].renderTime)).observe({ type: 'element', buffered: true });
    setTimeout(() => resolve(null), 1000);
  })`,
  delay: `document.getElementById('delay').textContent`,
};

const OPENINGS = 10;

interface Beside {
  /** CPU seconds of the command so far */
  seconds(): number;
  /** figures to print, once the recording is over */
  end(): Promise<string[]>;
}

const quantiles = (all: number[]) => {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return `p50 ${at(0.5).toFixed(0)} ms, p95 ${at(0.95).toFixed(0)} ms (n = ${sorted.length})`;
};

async function aiming(folder: { configPath: string }): Promise<Beside> {
  const command = start(['aim', 'gate', '--json', '--config', folder.configPath]);
  const late: number[] = [];
  let [first, last, count] = [0, 0, 0];
  let rest = '';
  command.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const now = Date.now();
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { at, now: plate } = JSON.parse(line);
      first ||= now;
      last = now;
      count++;
      if (plate !== null) late.push(now - at);
    }
  });
  return {
    seconds: () => treeSeconds(command.pid ?? 0).all,
    async end() {
      await stop(command);
      return [
        `numbers a second                ${((1000 * (count - 1)) / (last - first)).toFixed(1)}`,
        `frame to number (with a plate)  ${quantiles(late)}`,
      ];
    },
  };
}

async function previewing(folder: { configPath: string }): Promise<Beside> {
  const command = start(['preview', 'gate', '--config', folder.configPath]);
  let said = '';
  command.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!/token=\S+/.test(said)) await once(command.stdout ?? command, 'data');
  const address = /http:\S+/.exec(said)?.[0] ?? '';
  if (noChromium) throw new Error(noChromium);
  const chromium = await startChromium();
  const other = await warmed(chromium);
  const page = await chromium.open(address, { width: 1280, height: 900 });
  const late: number[] = [];
  const asking = setInterval(() => {
    page
      .evaluate<string>(VIEWER.delay)
      .then((text) => {
        const seconds = Number.parseFloat(text.replace('Delay ', ''));
        if (Number.isFinite(seconds)) late.push(1000 * seconds);
      })
      .catch(() => {});
  }, 1000);
  return {
    seconds: () => treeSeconds(command.pid ?? 0).all,
    async end() {
      clearInterval(asking);
      await other.close();
      await chromium.close();
      await stop(command);
      return [`frame to page (median a second) ${quantiles(late)}`];
    },
  };
}

/** What is measured is the box, not a browser that starts: it has painted a page before. */
async function warmed(chromium: Chromium): Promise<Page> {
  const page = await chromium.open('data:text/html,<h1>Another page</h1>');
  await page.evaluate(
    'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
  );
  return page;
}

/** From the address to what is painted, in one browser after another, each let in by a token of its own. */
async function opening(): Promise<void> {
  const camera = await startRtspCamera(clip, ['--loop']);
  const folder = agentFolder({ cameras: [{ id: 'gate', url: camera.url }] });
  const agent = await folder.start();
  await agent.until(({ cameras }) => (cameras[0]?.looks ?? 0) > 0);
  const chromium = await startChromium();
  const other = await warmed(chromium);
  const { ffmpeg } = await findTools(process.env.PATH);
  const [pictures, videos]: [number[], number[]] = [[], []];
  for (let count = 0; count < OPENINGS; count++) {
    const preview = await startPreview({
      ...{ camera: 'gate', place: 'site/box', port: 0, widthPx: 1280, ffmpeg, onViewers() {} },
      connect: () => connectApi(`${folder.directory}/anpr.sock`),
    });
    const page = await chromium.open(preview.address(), { width: 1280, height: 900 });
    await page.until(VIEWER.video);
    const videoMs = await page.evaluate<number>(`performance.getEntriesByName('first-video')[0].startTime`);
    // null: the video was faster
    const stillMs = await page.evaluate<number | null>(VIEWER.still);
    pictures.push(Math.min(stillMs ?? Number.POSITIVE_INFINITY, videoMs));
    videos.push(videoMs);
    await page.close();
    await preview.close();
  }
  await other.close();
  await chromium.close();
  await agent.stop();
  await folder.close();
  await camera.close();
  console.log('\nopening the page');
  console.log(`address to first picture        ${quantiles(pictures)}`);
  console.log(`address to first of the video   ${quantiles(videos)}`);
}

function start(args: string[]): ChildProcess {
  return spawn(anpr, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function stop(command: ChildProcess): Promise<void> {
  if (command.exitCode !== null) return;
  command.kill('SIGTERM');
  await once(command, 'exit');
}

/** The recording once, from the moment somebody looks. Returns the agent's CPU seconds a second. */
async function play(what: string, begin?: (folder: { configPath: string }) => Promise<Beside>) {
  const camera = await startRtspCamera(clip, ['--loop']);
  const folder = agentFolder({ cameras: [{ id: 'gate', url: camera.url }] });
  const agent = await folder.start();
  await agent.until(({ cameras }) => (cameras[0]?.looks ?? 0) > 0);
  const beside = await begin?.(folder);
  const [since, before] = [Date.now(), { agent: treeSeconds(agent.pid).all, beside: beside?.seconds() ?? 0 }];
  await new Promise((resolve) => setTimeout(resolve, 1000 * truth.clip.seconds));
  const secondsPassed = (Date.now() - since) / 1000;
  const cost = {
    agent: (treeSeconds(agent.pid).all - before.agent) / secondsPassed,
    beside: ((beside?.seconds() ?? 0) - before.beside) / secondsPassed,
  };
  const figures = (await beside?.end()) ?? [];
  // passages that are open now are read a little later
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const api = await connectApi(`${folder.directory}/anpr.sock`);
  const reads = (await api.reads({ camera: 'gate', from: since, to: since + 1000 * truth.clip.seconds }))
    .map(({ text = '' }) => text)
    .sort();
  await agent.stop();
  await folder.close();
  await camera.close();
  console.log(`\n${what}`);
  console.log(`agent                           ${cost.agent.toFixed(2)} cores`);
  if (beside) console.log(`the command                     ${cost.beside.toFixed(2)} cores`);
  for (const line of figures) console.log(line);
  const passed = new Set(truth.passages.map(({ plate }) => plate));
  const exact = new Set(reads.filter((text) => passed.has(text)));
  console.log(`read exactly                    ${exact.size} of ${passed.size}`);
}

console.log(`${clip}: ${truth.clip.seconds} s at ${truth.clip.fps}/s, ${truth.passages.length} passages`);
console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`);
const parts: [name: string, what: string, begin?: (folder: { configPath: string }) => Promise<Beside>][] = [
  ['alone', 'nobody beside it'],
  ['aim', 'anpr aim beside it', aiming],
  ['preview', 'anpr preview beside it, one viewer', previewing],
];
if ((values.only ?? 'open') === 'open') await opening();
for (const [name, what, begin] of parts) if ((values.only ?? name) === name) await play(what, begin);
