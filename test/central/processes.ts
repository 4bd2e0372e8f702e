// Processes that a test starts, kills and asks: a box without cameras and the consumer.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openJournalReadOnly } from '../../agent/journal/index.ts';
import { overview } from '../../scripts/consumer/overview.ts';
import { openStore } from '../../scripts/consumer/store.ts';

export const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const withParent = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL'] : [];

/** A test, or whatever else ends what was started. */
export interface Owner {
  teardown(end: () => unknown): void;
}

export interface StartOptions {
  /** over this process's environment */
  env?: NodeJS.ProcessEnv;
  /** a command that runs the process, as `strace` does */
  under?: string[];
}

export type Startable = ReturnType<typeof startable>;

/** A Node process that can be killed and started again. */
export function startable(t: Owner, args: string[], ready: string, { env, under }: StartOptions = {}) {
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const around = under ? [...withParent, ...under] : [];
    const [command, ...more] = [...around, ...withParent, process.execPath, ...args];
    const started = spawn(command!, more, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    child = started;
    const said: string[] = [];
    const isReady = Promise.withResolvers<void>();
    for (const stream of [started.stdout, started.stderr])
      createInterface({ input: stream! }).on('line', (line) => {
        said.push(line);
        if (line === ready) isReady.resolve();
      });
    started.once('exit', () => isReady.reject(new Error(`ended: ${said.join('\n')}`)));
    isReady.promise.catch(() => {});
    readiness = isReady.promise;
  }
  let readiness: Promise<void> = Promise.resolve();
  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    await gone;
  }
  t.teardown(() => end('SIGKILL'));
  const tell = (signal: NodeJS.Signals) => child?.kill(signal);
  return { start, tell, end, ready: () => readiness, pid: () => child?.pid };
}

/** Asks the database until it is as wanted. */
export async function shows(database: string, wanted: (told: ReturnType<typeof overview>) => boolean) {
  for (;;) {
    if (existsSync(database)) {
      const store = openStore(database, true);
      const told = overview(store);
      store.close();
      if (wanted(told)) return told;
    }
    await sleep(100);
  }
}

/** Asks the journal until a receipt covers each of its records. */
export async function allConfirmed(journalPath: string): Promise<void> {
  for (;;) {
    const journal = await openJournalReadOnly(journalPath);
    const counts = await journal.counts();
    await journal.close();
    if (counts.confirmed === counts.records) return;
    await sleep(100);
  }
}
