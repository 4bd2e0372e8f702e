// What every case is put together from: a broker, a consumer, a box, each a process that can be killed, and the ledger that
// the box is judged by. The consumer is scripts/central as a platform would start it.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJournalReadOnly } from '../../agent/journal/index.ts';
import {
  file,
  type Owner,
  type Startable,
  type StartOptions,
  startable,
} from '../../test/central/processes.ts';
import { type Mosquitto, type MosquittoOptions, startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { judge, type Verdict } from './judge.ts';

/** How a case is run. */
export interface Chaos {
  /** as in the tests: few rounds */
  short: boolean;
  /** 0..1, the same for the same seed */
  random(): number;
  /** one line for whoever waits */
  say(text: string): void;
}

/** One line of the table. */
export interface Row {
  name: string;
  /** what was done to it, and how often */
  done: string;
  verdict: Verdict;
  /** reads that may be lost when a gap record says so: those that no medium held any more */
  mayTell: number;
  tookMs: number;
  /** why it was not done */
  skipped?: string;
}

export interface Case {
  name: string;
  about: string;
  run(chaos: Chaos): Promise<Row[]>;
}

export interface SceneOptions {
  /** default: vehicles pass until the worst is over, so that whatever is waited for has a read to happen to */
  reads?: number;
  pauseMs?: number;
  /** default: a journal in the scene's folder */
  journalPath?: string;
  /** between the box and the broker */
  boxUrl?: (broker: Mosquitto, owner: Owner) => Promise<string>;
  broker?: MosquittoOptions;
  /** further options of test/central/box.ts */
  box?: string[];
  start?: StartOptions;
  protocol?: string;
}

export interface Scene {
  directory: string;
  journalPath: string;
  ledgerPath: string;
  database: string;
  broker: Mosquitto;
  box: Startable;
  central: Startable;
  owner: Owner;
  /** Reads that the journal has taken so far. */
  kept(): number;
  /** What the box has written down. */
  ledger(): string;
  /** Resolves once the ledger holds it. */
  noted(what: RegExp, since?: number): Promise<void>;
  /** Resolves when so many reads have arrived. */
  arrived(count: number): Promise<void>;
  /**
   * Resolves when everything is where it should be and confirmed, or when nothing has moved for three minutes: the verdict says
   * which.
   */
  settled(): Promise<Verdict>;
  close(): Promise<void>;
}

/** On a machine with no core to spare a process takes a minute to start. */
const PATIENCE_MS = 180_000;
const FORGETFUL = ['max_inflight_messages 0', 'max_queued_messages 0'];

/** Resolves once it is so. @throws when that takes longer than three minutes: a case must not wait for ever for what cannot come */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const beganMs = performance.now();
  while (!isSo()) {
    if (performance.now() - beganMs > PATIENCE_MS) throw new Error(`waited three minutes for ${what}`);
    await sleep(10);
  }
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const endings: (() => unknown)[] = [];
  const owner: Owner = { teardown: (end) => void endings.push(end) };
  const directory = mkdtempSync(join(tmpdir(), 'anpr-chaos-'));
  const close = async () => {
    for (const end of endings.toReversed()) await end();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const broker = await startMosquitto({
      ...options.broker,
      config: [...FORGETFUL, ...(options.broker?.config ?? [])],
    });
    owner.teardown(() => broker.stop());
    const [ledgerPath, database] = [join(directory, 'ledger.txt'), join(directory, 'central.db')];
    const journalPath = options.journalPath ?? join(directory, 'box', 'journal.db');
    const url = (await options.boxUrl?.(broker, owner)) ?? broker.url;
    const place = [
      journalPath,
      url,
      String(options.reads ?? Number.MAX_SAFE_INTEGER),
      String(options.pauseMs ?? 0),
    ];
    const more = [options.protocol ?? 'auto', '--ledger', ledgerPath, ...(options.box ?? [])];
    const box = startable(owner, [file('test/central/box.ts'), ...place, ...more], 'full', options.start);
    const paces = ['--receipt-ms', '100', '--grace-ms', '500'];
    const listen = ['listen', '--url', broker.url, '--database', database, ...paces];
    const central = startable(owner, [file('scripts/central.ts'), ...listen], 'listening');
    const ledger = () => (existsSync(ledgerPath) ? readFileSync(ledgerPath, 'utf8') : '');
    return {
      ...{ directory, journalPath, ledgerPath, database, broker, box, central, owner, ledger, close },
      kept: () => [...ledger().matchAll(/^kept/gm)].length,
      noted: (what, since = 0) => until(() => what.test(ledger().slice(since)), `${what} in the ledger`),
      arrived: (count) => arrived(ledgerPath, database, count),
      settled: () => settled(ledgerPath, database, journalPath),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** However long it takes, as long as something comes. @throws when nothing has come for three minutes */
async function arrived(ledgerPath: string, database: string, count: number): Promise<void> {
  let last = -1;
  let movedMs = performance.now();
  for (;;) {
    const beganMs = performance.now();
    const { arrived } = judge(ledgerPath, database);
    if (arrived >= count) return;
    if (arrived !== last) movedMs = performance.now();
    else if (performance.now() - movedMs > PATIENCE_MS)
      throw new Error(`waited three minutes for more than ${arrived} of ${count} reads`);
    last = arrived;
    await sleep(pauseAfter(beganMs));
  }
}

/** The judge takes no more than a third of a core, however much there is to judge. */
const pauseAfter = (beganMs: number) => Math.max(50, 2 * (performance.now() - beganMs));

async function settled(ledgerPath: string, database: string, journalPath: string): Promise<Verdict> {
  let last = '';
  let movedMs = performance.now();
  for (;;) {
    const beganMs = performance.now();
    const verdict = judge(ledgerPath, database);
    const open = await unconfirmed(journalPath);
    if (verdict.kept > 0 && verdict.lost === 0 && verdict.unreported === 0 && open === 0) return verdict;
    const now = `${JSON.stringify(verdict)} ${open}`;
    if (now !== last) movedMs = performance.now();
    else if (performance.now() - movedMs > PATIENCE_MS)
      return { ...verdict, unreported: verdict.unreported + open };
    last = now;
    await sleep(pauseAfter(beganMs));
  }
}

/** Records of the box that no receipt covers and that are no dead letters. */
async function unconfirmed(journalPath: string): Promise<number> {
  const journal = await openJournalReadOnly(journalPath);
  const { records, confirmed, dead } = await journal.counts().finally(() => journal.close());
  return records - confirmed - dead;
}

/** Opens a scene, lets a case do its worst, waits until all is settled, judges. */
export async function scene(
  row: Pick<Row, 'name' | 'done'> & { mayTell?: number },
  options: SceneOptions,
  worst: (scene: Scene) => Promise<void>,
): Promise<Row> {
  const beganMs = performance.now();
  const opened = await openScene(options);
  try {
    await worst(opened);
    if (options.reads === undefined) opened.box.tell('SIGUSR2');
    await opened.box.ready();
    const verdict = await opened.settled();
    return { mayTell: 0, ...row, verdict, tookMs: performance.now() - beganMs };
  } finally {
    await opened.close();
  }
}
