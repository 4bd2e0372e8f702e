// One life of a camera's process, from when it is taken to the last word that it said.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { FromChild, ToChild } from './protocol.ts';

export interface CameraProcess {
  readonly pid: number | null;
  /** To a process that has ended it says nothing. */
  send(message: ToChild): void;
  kill(): void;
  readonly killed: boolean;
  /** Resolves once it has ended and all that it said was heard. */
  ended: Promise<Ended>;
}

export interface Ended {
  exitCode: number | null;
  signal: string | null;
  /** in words */
  how: string;
}

/** What a process said before it was killed is read at once; something else may hold the pipe open. */
const LAST_WORDS_MS = 2000;

export function useProcess(
  child: ChildProcess,
  hear: (message: FromChild) => void,
  log: Logger,
): CameraProcess {
  child.on('message', hear);
  const ended = Promise.withResolvers<Ended>();
  child.on('error', (error) => {
    log.error({ err: error }, 'camera process');
    // No memory for another process, for one: it has neither begun nor will it end.
    if (child.pid === undefined)
      ended.resolve({ exitCode: null, signal: null, how: `could not start: ${messageOf(error)}` });
  });
  const closed = once(child, 'close').catch(() => {});
  child.once('exit', (exitCode, signal) => {
    const how = signal === null ? `exit status ${exitCode}` : `signal ${signal}`;
    void Promise.race([closed, sleep(LAST_WORDS_MS, undefined, { ref: false })]).then(() =>
      ended.resolve({ exitCode, signal, how }),
    );
  });
  return {
    pid: child.pid ?? null,
    send(message) {
      if (child.connected) child.send(message, () => {}); // a child that just died shows itself by its exit
    },
    kill: () => void child.kill('SIGKILL'),
    get killed() {
      return child.killed;
    },
    ended: ended.promise,
  };
}
