// Whether a camera's process still lives: it tells how it is each second, and takes frames while frames come. Pure, and
// counted in its supervisor's own ticks: when the whole machine stands still, nobody is late.

import type { CameraReport } from './protocol.ts';

export interface Pulse {
  /** it has told something since it was started: until then it loads its models */
  told: boolean;
  /** ticks since it told anything */
  silentTicks: number;
  /** ticks in which frames came and none was taken */
  stuckTicks: number;
  decoded: number;
  taken: number;
  /** frames that came since one was taken */
  untaken: number;
}

export const TICK_MS = 1000;
const SILENT_TICKS = 30;
/** Models of a slow card on a slow core, four cameras at a time. */
const LOADING_TICKS = 120;
const STUCK_TICKS = 30;
/** One waits while the one before is looked at. */
const WAITING_FRAMES = 2;

export const FIRST_PULSE: Pulse = {
  ...{ told: false, silentTicks: 0, stuckTicks: 0 },
  ...{ decoded: 0, taken: 0, untaken: 0 },
};

export const afterTick = (pulse: Pulse): Pulse => ({
  ...pulse,
  silentTicks: pulse.silentTicks + 1,
  stuckTicks: pulse.untaken > WAITING_FRAMES ? pulse.stuckTicks + 1 : 0,
});

/** @param report undefined: it told something else than how it is */
export function afterWord(
  pulse: Pulse,
  report?: Pick<CameraReport, 'state' | 'framesDecoded' | 'framesDropped'>,
): Pulse {
  const heard = { ...pulse, told: true, silentTicks: 0 };
  if (report === undefined) return heard;
  const decoded = report.framesDecoded;
  const taken = decoded - report.framesDropped;
  // a stream that begins drops frames until its clock has settled: it is not streaming yet
  if (taken !== pulse.taken || report.state !== 'streaming')
    return { ...heard, decoded, taken, untaken: 0, stuckTicks: 0 };
  return { ...heard, decoded, untaken: pulse.untaken + Math.max(0, decoded - pulse.decoded) };
}

/** What is wrong, in words, and for how long; null: nothing. */
export function hang(pulse: Pulse): { reason: string; ms: number } | null {
  const patience = pulse.told ? SILENT_TICKS : LOADING_TICKS;
  if (pulse.silentTicks >= patience) {
    const ms = pulse.silentTicks * TICK_MS;
    return { reason: `no sign of life for ${ms / 1000} s`, ms };
  }
  if (pulse.stuckTicks >= STUCK_TICKS) {
    const ms = pulse.stuckTicks * TICK_MS;
    return { reason: `frames come and none was looked at for ${ms / 1000} s`, ms };
  }
  return null;
}
