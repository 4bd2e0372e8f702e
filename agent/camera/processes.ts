// Processes of cameras before they have one: loading what a camera's process needs takes as long as opening the journal, so
// the agent has them do it at the same time. Such a process waits for its start message and touches nothing; it keeps no
// agent alive that could not start, and ends with it.

import { type ChildProcess, fork } from 'node:child_process';
import { journalFor, journalSocket } from '../shared/journald.ts';

/**
 * Pictures of some megabytes come and go. glibc would come to keep such blocks, with holes between them: each given back at once, the
 * process is 20 MiB smaller (docs/install.md has its size).
 */
const GIVE_BACK_LARGE_BLOCKS = {
  MALLOC_MMAP_THRESHOLD_: String(1 << 20),
  MALLOC_TRIM_THRESHOLD_: String(2 << 20),
};

/** V8's room for short-lived objects, twice: half of what scripts/anpr gives a process. A look leaves little behind. */
const YOUNG_MIB = 2;

export interface CameraProcesses {
  /** One that is waiting, else a new one. @throws the system's error where it has no memory for one */
  take(): ChildProcess;
}

/** @param count how many to begin with */
export function prepareProcesses(count: number): CameraProcesses {
  const waiting: ChildProcess[] = [];
  try {
    while (waiting.length < count) waiting.push(begun());
  } catch {
    // no room for another one now: who takes it tries again, and says why not
  }
  return {
    take() {
      let own = waiting.shift();
      while (own !== undefined && !isAlive(own)) own = waiting.shift();
      own ??= begun();
      own.ref();
      own.channel?.ref();
      return own;
    },
  };
}

function begun(): ChildProcess {
  const own = fork(new URL('./child.ts', import.meta.url), {
    execArgv: [...process.execArgv, `--max-semi-space-size=${YOUNG_MIB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', journalSocket() ?? 'ignore'],
    env: { ...GIVE_BACK_LARGE_BLOCKS, ...process.env, ...journalFor(4) },
  });
  // who takes it listens too; an error nobody listens to would end the agent
  own.on('error', () => {});
  own.unref();
  own.channel?.unref();
  return own;
}

const isAlive = ({ connected, pid, exitCode, signalCode }: ChildProcess) =>
  connected && pid !== undefined && exitCode === null && signalCode === null;
