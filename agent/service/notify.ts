// sd_notify(3): telling systemd that the agent is ready, well or stopping. The socket takes datagrams, which Node does not
// have, so systemd's own systemd-notify speaks; it is there wherever NOTIFY_SOCKET is.

import { execFile } from 'node:child_process';
import { messageOf } from '../shared/errors.ts';

export interface Notifier {
  /** null: nobody waits for signs of life */
  watchdogMs: number | null;
  /** `READY=1`, `WATCHDOG=1`, `STATUS=…`, in one message. Resolves once systemd has it. @throws when it cannot be told */
  tell(...lines: string[]): Promise<void>;
}

/** Longer than systemd-notify ever takes; a manager that does not answer is not waited for. */
const TELL_TIMEOUT_MS = 10_000;

/** The service manager that this process was started by; null when nobody listens (a terminal, a test). */
export function notifierOf(env: NodeJS.ProcessEnv = process.env): Notifier | null {
  const socket = env.NOTIFY_SOCKET;
  if (!socket) return null;
  return {
    watchdogMs: watchdogMsOf(env),
    tell: (...lines) =>
      new Promise((resolve, reject) => {
        execFile(
          'systemd-notify',
          lines,
          // its environment alone: whoever started the agent may have put secrets into ours
          { timeout: TELL_TIMEOUT_MS, env: { PATH: env.PATH, NOTIFY_SOCKET: socket } },
          (error, _stdout, stderr) =>
            error ? reject(new Error(`systemd-notify: ${stderr.trim() || messageOf(error)}`)) : resolve(),
        );
      }),
  };
}

/** sd_watchdog_enabled(3): the time is for the process that it names. */
function watchdogMsOf({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | null {
  const ms = Number(WATCHDOG_USEC) / 1000;
  if (!(ms > 0)) return null;
  return WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid ? ms : null;
}
