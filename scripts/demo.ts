// The demo's own work, once scripts/demo has set the machine up: broker, subscriber, camera, agent; then the count.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { type ReadMessage, readMessage } from '../agent/contract/index.ts';
import { agentFolder } from '../test/fixtures/agent.ts';
import { startRtspCamera } from '../test/fixtures/rtsp-camera.ts';
import { judge, readTruth, type TruthPassage } from './lib/truth.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { positionals } = parseArgs({ allowPositionals: true });
const clip = resolve(positionals[0] ?? join(root, 'test/fixtures/traffic.mp4'));
const truthFile = clip.replace(/\.\w+$/, '.json');
const truth = existsSync(truthFile) ? readTruth(truthFile) : null;

/** the agent may take so long to deliver what it has once the recording is over */
const DRAIN_MS = 20_000;
const TOO_EARLY = 'The agent ended too early; its words are above.';

const dim = (text: string) => styleText('dim', text);
const bold = (text: string) => styleText('bold', text);
const say = (text: string) => console.error(dim(`· ${text}`));

interface Arrival {
  read: ReadMessage;
  arrivedAt: number;
  topic: string;
}

const arrivals: Arrival[] = [];

const broker = await Aedes.createBroker();
const listener = createServer(broker.handle).listen(0, '127.0.0.1');
await once(listener, 'listening');
const brokerUrl = `mqtt://127.0.0.1:${(listener.address() as { port: number }).port}`;
say(`broker: aedes (MQTT 3.1.1) on ${brokerUrl}`);

const subscriber = await mqtt.connectAsync(brokerUrl, { clientId: 'subscriber' });
await subscriber.subscribeAsync('anpr/1/+/+/read', { qos: 1 });
subscriber.on('message', (topic, message) => {
  const read = readMessage.parse(JSON.parse(message.toString()));
  const arrival = { read, arrivedAt: Date.now(), topic };
  arrivals.push(arrival);
  show(arrival);
});

const camera = await startRtspCamera(clip, ['--once']);
say(`camera: ${camera.url} plays ${clip}${truth ? ` (${Math.round(truth.clip.seconds)} s)` : ''}`);
const played = once(camera.events, 'play').then(() => Date.now());
const over = once(camera.events, 'eos');

const folder = agentFolder(
  {
    ...{ site: 'demo', box: 'box-1' },
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: brokerUrl },
    // a warning that the keys of a demo lie in a file would stand in the middle of the table
    log: { level: 'error' },
  },
  { show: true },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => finish(130));
say('agent: anpr run; reads appear as they arrive at the subscriber');
const agent = await folder.start().catch(() => finish(1, TOO_EARLY));

const startedAt = await unlessTheAgentEnds(played);
console.log(bold(heading()));
await unlessTheAgentEnds(over);
await drained();
await agent.stop();
await finish(await summarise());

/** The agent must not end before we end it. */
async function unlessTheAgentEnds<T>(event: Promise<T>): Promise<T> {
  const first = await Promise.race([event, agent.ended.then(() => 'ended' as const)]);
  if (first === 'ended') await finish(1, TOO_EARLY);
  return await event;
}

function heading(): string {
  return `\n  clip  ${'plate'.padEnd(9)} conf.  country  frames  direction   delay`;
}

function show({ read, arrivedAt }: Arrival): void {
  const at = (Date.parse(read.passage.lastSeen) - startedAt) / 1000;
  const delay = arrivedAt - Date.parse(read.passage.lastSeen);
  const { text, confidence, uncertain, country } = read.plate;
  console.log(
    `${at.toFixed(1).padStart(5)}s  ${bold(text.padEnd(9))} ${(confidence.toFixed(3) + (uncertain ? '?' : '')).padEnd(6)} ${country.padEnd(8)} ` +
      `${String(read.passage.framesUsed).padStart(6)}  ${read.passage.direction.padEnd(11)} ${delay} ms`,
  );
}

/** Waits until the agent says that nothing is left to send, and has had time to see the last vehicle out. */
async function drained(): Promise<void> {
  const until = Date.now() + DRAIN_MS;
  await sleep(2500);
  while (Date.now() < until) {
    if ((await agent.status()).journal.pending === 0) return;
    await sleep(200);
  }
}

/** Prints the count; exit status 0 only when every read in the journal arrived. */
async function summarise(): Promise<number> {
  const kept = await folder.journal();
  const records = await kept.reads({ limit: 100_000 });
  await kept.close();
  const arrived = new Set(arrivals.map(({ read }) => read.id));
  const lost = records.filter(({ id }) => !arrived.has(id));
  const delays = arrivals
    .map(({ read, arrivedAt }) => arrivedAt - Date.parse(read.passage.lastSeen))
    .sort((a, b) => a - b);
  const quantile = (share: number) =>
    delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN;
  const line = (name: string, value: string) => console.log(`  ${name.padEnd(34)} ${value}`);

  console.log(bold('\nSummary'));
  if (truth !== null) {
    const reads = arrivals.map(({ read }) => ({
      text: read.plate.text,
      firstSeen: Date.parse(read.passage.firstSeen),
      lastSeen: Date.parse(read.passage.lastSeen),
    }));
    const verdict = judge(truth, reads, startedAt);
    line('passages in the recording', String(verdict.passages));
    line(
      'reads',
      `${verdict.reads}${verdict.extra > 0 ? ` (${verdict.extra} more than passages found)` : ''}`,
    );
    line('exact texts', `${verdict.exact} of ${verdict.passages}`);
    for (const [name, of] of misread(verdict.matches, reads)) line(`  ${name}`, of);
  } else line('reads', String(arrivals.length));
  line('delivered of the journal', `${records.length - lost.length} of ${records.length}`);
  if (delays.length > 0)
    line('passage’s end to subscriber', `p50 ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms`);
  if (lost.length > 0) console.log(`\nNot delivered: ${lost.map(({ text }) => text).join(', ')}`);
  if (records.length === 0) console.log('\nNothing was read: the demo has failed.');
  return lost.length > 0 || records.length === 0 ? 1 : 0;
}

function misread(matches: (TruthPassage | null)[], reads: { text: string }[]): [string, string][] {
  const seen = new Set(matches);
  const wrong = reads.flatMap(({ text }, index): [string, string][] => {
    const of = matches[index];
    if (of == null) return [['of no passage, or a second read', text]];
    return of.plate === text ? [] : [['misread', `${text} for ${of.plate}`]];
  });
  const missed = truth?.passages.filter((passage) => !seen.has(passage)) ?? [];
  return [...wrong, ...missed.map(({ plate }): [string, string] => ['no read of', plate])];
}

async function finish(status: number, why?: string): Promise<never> {
  if (why !== undefined) console.error(why);
  await folder.close();
  await subscriber.endAsync(true);
  await camera.close();
  listener.close();
  broker.close();
  process.exit(status);
}
