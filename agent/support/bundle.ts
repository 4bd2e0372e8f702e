// What a support bundle is made of. Each part is gathered on its own: one that cannot be had says why in its place, and
// the others go on. Nothing is put in before it has been scrubbed.

import { readFileSync } from 'node:fs';
import type { AgentStatus } from '../api/index.ts';
import { type Config, resolvedConfig } from '../config/index.ts';
import { probes, runCommand, runProbes, versions, worst } from '../health/index.ts';
import type { JournalRecord } from '../journal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { isoOf } from '../shared/time.ts';
import { scrubbedData, scrubbedLog } from './scrub.ts';
import { knownSecrets } from './secrets.ts';
import type { ArchiveFile } from './tar.ts';

export interface BundleSource {
  configFile: string;
  config: Config | undefined;
  /** the running agent's words; undefined when none runs */
  agent: AgentStatus | undefined;
  /** as Prometheus reads them; rejects when no agent runs */
  metrics(): Promise<string>;
  /** reads since a time (UTC epoch ms), newest first; rejects when they cannot be had */
  reads(from: number): Promise<JournalRecord[]>;
  picture(read: JournalRecord, kind: 'plate' | 'overview'): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export interface BundleWish {
  /** plate texts in the reads */
  texts: boolean;
  pictures: boolean;
  /** further log files */
  logs: readonly string[];
  signal: AbortSignal;
  /** UTC epoch milliseconds */
  now: number;
}

const HOUR_MS = 3_600_000;
const LOG_LINES = 5000;
const LOG_TIMEOUT_MS = 10_000;
const MAX_LOG_BYTES = 8 * 1024 * 1024;
const MAX_PICTURES = 200;

export async function bundleFiles(source: BundleSource, wish: BundleWish): Promise<ArchiveFile[]> {
  const { config, agent, configFile } = source;
  const { now } = wish;
  const configText = await part(() => readFileSync(configFile, 'utf8'));
  const reads = await part(() => source.reads(now - HOUR_MS));
  const secrets = knownSecrets(config, typeof configText === 'string' ? configText : '');
  // What drove past is nobody's business at the support either, wherever it stands.
  const texts = wish.texts || !Array.isArray(reads) ? [] : reads.flatMap(({ text }) => (text ? [text] : []));
  const hidden = [...secrets, ...texts];
  const file = (name: string, content: unknown): ArchiveFile => ({
    name,
    content:
      typeof content === 'string'
        ? scrubbedLog(content, hidden)
        : `${JSON.stringify(scrubbedData(content, hidden), null, 2)}\n`,
  });
  const lines = (records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

  const context = { configFile, config, agent };
  const chosen = probes.filter((probe) => probe.applies(context));
  const [reports, journald] = await Promise.all([
    runProbes(chosen, context, { signal: wish.signal }),
    part(() => unitLog(wish.signal)),
  ]);
  const results = reports.flatMap(({ probe, results, ms }) =>
    results.map((each) => ({ probe: probe.id, ms, ...each })),
  );
  const files = [
    file('versions.json', versions()),
    file('doctor.json', { at: isoOf(now), verdict: worst(results.map(({ verdict }) => verdict)), results }),
    file(
      'configuration.json',
      config ? resolvedConfig(config) : { error: 'it cannot be used: see doctor.json' },
    ),
    file('status.json', agent ?? { error: 'no agent answers' }),
    file('metrics.txt', await part(() => source.metrics())),
    file('reads.jsonl', Array.isArray(reads) ? lines(reads.map((read) => readFor(read, wish.texts))) : reads),
    file('logs/anpr.log', journald),
  ];
  for (const [index, path] of wish.logs.entries())
    files.push(file(`logs/${index + 1}.log`, await part(() => tailOf(path))));
  if (wish.pictures && Array.isArray(reads))
    files.push(...(await picturesOf(source, reads.slice(0, MAX_PICTURES))));
  return [{ name: 'README.txt', content: readme(files, wish) }, ...files];
}

/** A value, or why there is none. */
async function part<T>(get: () => T | Promise<T>): Promise<T | { error: string }> {
  try {
    return await get();
  } catch (error) {
    return { error: error instanceof AnprError ? `${error.message} (${error.code})` : messageOf(error) };
  }
}

/** A read without what it says and shows, unless that was asked for. */
function readFor(read: JournalRecord, withText: boolean): Record<string, unknown> {
  const { id, at, camera, confidence, seq, epoch, delivery, appendedAt, deliveryAt, reason } = read;
  const { plate, passage, clock, picture, evidence, software } = read.payload as {
    plate?: { country?: string; lines?: number };
    [part: string]: unknown;
  };
  return {
    ...{ id, at: isoOf(at), camera, confidence, seq, epoch, delivery, reason },
    ...{ appendedAt, deliveryAt, passage, clock, picture, evidence, software },
    plate: withText ? plate : { country: plate?.country, lines: plate?.lines },
    ...(withText && { text: read.text }),
  };
}

async function unitLog(signal: AbortSignal): Promise<string> {
  const args = ['-u', 'anpr', '--since', '-24h', '-n', String(LOG_LINES), '-o', 'short-iso', '--no-pager'];
  const { missing, exitCode, stdout, stderr } = await runCommand('journalctl', args, {
    timeoutMs: LOG_TIMEOUT_MS,
    signal,
  });
  if (missing) return 'there is no journalctl here; name a log with --log\n';
  return exitCode === 0 ? stdout : `journalctl: ${stderr}`;
}

function tailOf(path: string): string {
  const text = readFileSync(path, 'utf8');
  return text.length > MAX_LOG_BYTES ? `… (its end only)\n${text.slice(-MAX_LOG_BYTES)}` : text;
}

async function picturesOf(source: BundleSource, reads: readonly JournalRecord[]): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  for (const read of reads)
    for (const kind of ['plate', 'overview'] as const) {
      const content = await part(() => source.picture(read, kind));
      if (content instanceof Uint8Array) files.push({ name: `pictures/${read.id}-${kind}.jpg`, content });
    }
  return files;
}

function readme(files: readonly ArchiveFile[], { texts, pictures, now }: BundleWish): string {
  return [
    `Support bundle of anpr-edge ${versions().anpr}, made at ${isoOf(now)}.`,
    '',
    `Reads of the last hour: ${texts ? 'with' : 'without'} their texts, ${pictures ? 'with' : 'without'} pictures.`,
    'Passwords, keys and logins were taken out; *** stands in their place. Comments of',
    'the configuration are not in it, nor is the environment.',
    '',
    ...files.map(
      ({ name, content }) => `${String(Buffer.byteLength(content as string)).padStart(9)}  ${name}`,
    ),
    '',
  ].join('\n');
}
