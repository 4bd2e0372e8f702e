// What time services say, turned into one state of the clock, and what that state means. Pure.

export interface ClockState {
  /** null: this system does not tell */
  synchronised: boolean | null;
  /** estimated distance from true time, when the system tells */
  offsetMs: number | null;
}

/** As much as a time service tells beyond the state. */
export interface TimeService {
  /** its time server's name or address; null: it does not tell */
  server: string | null;
  /** parts per million that the clock would run wrong by without it; null: it does not tell */
  frequencyPpm: number | null;
}

const UNKNOWN_SERVICE: TimeService = { server: null, frequencyPpm: null };

/**
 * `chronyc -c tracking`: comma-separated; the second field is the server, the fifth how far the system clock is from
 * NTP time in seconds, the eighth the frequency in ppm, the last one the leap status, which says so when it is not
 * synchronised (chronyc(1)). Undefined when it is no such line.
 */
export function fromChrony(stdout: string): (ClockState & TimeService) | undefined {
  const fields = stdout.trim().split(',');
  const offsetSeconds = Number(fields[4]);
  const frequency = Number(fields[7]);
  const leap = fields.at(-1);
  if (fields.length < 14 || !Number.isFinite(offsetSeconds) || !leap) return undefined;
  const synchronised = leap !== 'Not synchronised';
  return {
    synchronised,
    offsetMs: synchronised ? Math.abs(offsetSeconds) * 1000 : null,
    server: fields[1] || null,
    frequencyPpm: Number.isFinite(frequency) ? frequency : null,
  };
}

/** `timedatectl show -p NTPSynchronized`: the kernel's own flag, whoever disciplines the clock. */
export function fromTimedatectl(stdout: string): ClockState | undefined {
  const value = /^NTPSynchronized=(yes|no)$/m.exec(stdout)?.[1];
  return value ? { synchronised: value === 'yes', offsetMs: null } : undefined;
}

/** `timedatectl show-timesync`: systemd-timesyncd's server, and its frequency in ppm with 16 bits of fraction. */
export function fromTimesync(stdout: string): TimeService {
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(stdout)?.[1];
  const server = value('ServerAddress') ?? value('ServerName');
  if (!server) return UNKNOWN_SERVICE;
  const frequency = Number(value('Frequency'));
  return { server, frequencyPpm: Number.isFinite(frequency) ? frequency / 65_536 : null };
}

export interface ClockMeasure extends ClockState {
  /** UTC epoch milliseconds that this clock shows */
  now: number;
  /** what a time server says of it: how far it is off; null: none was asked or answered */
  serverOffsetMs: number | null;
  /** how far it ran off (or was moved) in a minute of looking; null: nobody looked that long */
  driftMs: number | null;
  frequencyPpm: number | null;
}

export type ClockFinding =
  | 'synchronised'
  | 'unsynchronised'
  | 'far'
  | 'skewed'
  | 'drifts'
  | 'past'
  | 'unknown';

/** Before this release nobody can have run it: a box whose battery is empty wakes up in the past. */
const EARLIEST = Date.UTC(2026, 0, 1);
const MAX_OFFSET_MS = 100;
/** Who passed when is at stake: a second is a car length and more. */
const SKEWED_MS = 1000;
const MAX_DRIFT_MS_PER_MINUTE = 10;
/** A sound crystal is within 100 ppm over all temperatures; the kernel gives up correcting at 500. */
const MAX_PPM = 200;

export function clockFinding(measure: ClockMeasure): ClockFinding {
  const { now, synchronised, offsetMs, serverOffsetMs, driftMs, frequencyPpm } = measure;
  const offMs = Math.max(Math.abs(serverOffsetMs ?? 0), offsetMs ?? 0);
  if (now < EARLIEST) return 'past';
  if (offMs > SKEWED_MS) return 'skewed';
  if (synchronised === false) return 'unsynchronised';
  if (offMs > MAX_OFFSET_MS) return 'far';
  if (Math.abs(driftMs ?? 0) > MAX_DRIFT_MS_PER_MINUTE || Math.abs(frequencyPpm ?? 0) > MAX_PPM)
    return 'drifts';
  return synchronised === null ? 'unknown' : 'synchronised';
}
