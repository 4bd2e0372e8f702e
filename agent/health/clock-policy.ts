// What time services say, turned into one state of the clock. Pure.

export interface ClockState {
  /** null: this system does not tell */
  synchronised: boolean | null;
  /** estimated distance from true time, when the system tells */
  offsetMs: number | null;
}

/**
 * `chronyc -c tracking`: comma-separated; field 5 is how far the system clock is from NTP time in seconds, the last
 * one the leap status, which says so when it is not synchronised (chronyc(1)). Undefined when it is no such line.
 */
export function fromChrony(stdout: string): ClockState | undefined {
  const fields = stdout.trim().split(',');
  const offsetSeconds = Number(fields[4]);
  const leap = fields.at(-1);
  if (fields.length < 14 || !Number.isFinite(offsetSeconds) || !leap) return undefined;
  const synchronised = leap !== 'Not synchronised';
  return { synchronised, offsetMs: synchronised ? Math.abs(offsetSeconds) * 1000 : null };
}

/** `timedatectl show -p NTPSynchronized`: the kernel's own flag, whoever disciplines the clock. */
export function fromTimedatectl(stdout: string): ClockState | undefined {
  const value = /^NTPSynchronized=(yes|no)$/m.exec(stdout)?.[1];
  return value ? { synchronised: value === 'yes', offsetMs: null } : undefined;
}
