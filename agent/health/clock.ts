// Where the box's clock stands, for every read: a time stamp is only as good as this. Asked of the system at most
// twice a minute, and null where the system does not tell.

import { existsSync } from 'node:fs';
import { type ClockState, fromChrony, fromTimedatectl } from './clock-policy.ts';
import { runCommand } from './command.ts';

export type { ClockState } from './clock-policy.ts';

export interface ClockReport extends ClockState {
  /** who said so: `chrony`, `timedatectl`, `systemd-timesyncd`, or null when nobody did */
  source: string | null;
}

const CACHE_MS = 30_000;
const TIMEOUT_MS = 2000;
/** systemd-timesyncd touches this when it has synchronised (systemd-timesyncd.service(8)) */
const TIMESYNC_FLAG = '/run/systemd/timesync/synchronized';

let cached: { at: number; state: Promise<ClockReport> } | undefined;

/** The clock's state, at most 30 s old. Never rejects. */
export async function clockState(): Promise<ClockState> {
  const now = performance.now();
  if (!cached || now - cached.at > CACHE_MS) cached = { at: now, state: askClock() };
  const { synchronised, offsetMs } = await cached.state;
  return { synchronised, offsetMs };
}

/** Asks now. chrony knows the offset too, so it is asked first. */
export async function askClock(signal?: AbortSignal): Promise<ClockReport> {
  const options = { timeoutMs: TIMEOUT_MS, signal };
  const chrony = await runCommand('chronyc', ['-c', 'tracking'], options);
  const tracking = chrony.exitCode === 0 ? fromChrony(chrony.stdout) : undefined;
  if (tracking) return { ...tracking, source: 'chrony' };
  const timedatectl = await runCommand('timedatectl', ['show', '-p', 'NTPSynchronized'], options);
  const shown = timedatectl.exitCode === 0 ? fromTimedatectl(timedatectl.stdout) : undefined;
  if (shown) return { ...shown, source: 'timedatectl' };
  if (existsSync(TIMESYNC_FLAG)) return { synchronised: true, offsetMs: null, source: 'systemd-timesyncd' };
  return { synchronised: null, offsetMs: null, source: null };
}
