// Where the box's clock stands, for every read: a time stamp is only as good as this. Asked of the system at most
// twice a minute, and null where the system does not tell.

import { existsSync } from 'node:fs';
import {
  type ClockState,
  fromChrony,
  fromTimedatectl,
  fromTimesync,
  type TimeService,
} from './clock-policy.ts';
import { runCommand } from './command.ts';

export type { ClockState } from './clock-policy.ts';

export interface ClockReport extends ClockState, TimeService {
  /** who said so: `chrony`, `systemd-timesyncd`, `timedatectl`, or null when nobody did */
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
  const [timedatectl, timesync] = await Promise.all([
    runCommand('timedatectl', ['show', '-p', 'NTPSynchronized'], options),
    runCommand('timedatectl', ['show-timesync'], options),
  ]);
  const service = fromTimesync(timesync.exitCode === 0 ? timesync.stdout : '');
  const source = service.server ? 'systemd-timesyncd' : 'timedatectl';
  const shown = timedatectl.exitCode === 0 ? fromTimedatectl(timedatectl.stdout) : undefined;
  if (shown) return { ...shown, ...service, source };
  if (existsSync(TIMESYNC_FLAG))
    return { synchronised: true, offsetMs: null, ...service, source: 'systemd-timesyncd' };
  return { synchronised: null, offsetMs: null, ...service, source: null };
}
