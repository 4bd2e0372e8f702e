// Processes of cameras before they have one: loading what a camera's process needs takes as long as opening the journal, so
// the agent has them do it at the same time. Such a process waits for its start message and touches nothing; it keeps no
// agent alive that could not start, and ends with it.

import { type ChildProcess, fork } from 'node:child_process';
import { journalFor, journalSocket } from '../shared/journald.ts';

export interface CameraProcesses {
  /** One that is waiting, else a new one. */
  take(): ChildProcess;
}

/** @param count how many to begin with */
export function prepareProcesses(count: number): CameraProcesses {
  const waiting = Array.from({ length: count }, begun);
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
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', journalSocket() ?? 'ignore'],
    env: { ...process.env, ...journalFor(4) },
  });
  // who takes it listens too; an error nobody listens to would end the agent
  own.on('error', () => {});
  own.unref();
  own.channel?.unref();
  return own;
}

const isAlive = ({ connected, pid, exitCode, signalCode }: ChildProcess) =>
  connected && pid !== undefined && exitCode === null && signalCode === null;
