// sd_notify(3): telling systemd that the agent is ready, well or stopping. Node cannot open its socket of datagrams;
// scripts/anpr-service has, and left it open for us. A write to it is a message.

import { fstatSync, writeSync } from 'node:fs';

export interface Notifier {
  /** null: nobody waits for signs of life */
  watchdogMs: number | null;
  /** `READY=1`, `WATCHDOG=1`, `STATUS=…`, in one message. @throws when it cannot be told now */
  tell(...lines: string[]): void;
}

/** The service manager that this process was started by; null when nobody listens (a terminal, a test). */
export function notifierOf(env: NodeJS.ProcessEnv = process.env): Notifier | null {
  const fd = Number(env.ANPR_NOTIFY_FD ?? Number.NaN);
  if (!Number.isInteger(fd) || !isSocket(fd)) return null;
  return {
    watchdogMs: watchdogMsOf(env),
    tell: (...lines) => void writeSync(fd, lines.join('\n')),
  };
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

/** sd_watchdog_enabled(3): the time is for the process that it names. */
function watchdogMsOf({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | null {
  const ms = Number(WATCHDOG_USEC) / 1000;
  if (!(ms > 0)) return null;
  return WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid ? ms : null;
}
