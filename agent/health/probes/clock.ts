// The clock: whether something keeps it right, and how far off it is where the system tells.

import { askClock } from '../clock.ts';
import { type Probe, resultOf } from '../probe.ts';

const MAX_OFFSET_MS = 100;
/** Before this release nobody can have run it: a box whose battery is empty wakes up in the past. */
const EARLIEST = Date.UTC(2026, 0, 1);

const findings = {
  synchronised: { verdict: 'ok', cause: 'a time service keeps the clock right', advice: null },
  unsynchronised: {
    verdict: 'fail',
    cause: 'the system says that its clock is not synchronised',
    advice: 'Let chrony or systemd-timesyncd reach a time server (UDP 123), or name one that it can reach.',
  },
  far: {
    verdict: 'warn',
    cause: 'the clock is more than 100 ms from its time server',
    advice: 'Wait some minutes; if it stays so, choose a nearer time server.',
  },
  past: {
    verdict: 'fail',
    cause: 'the clock is in the past, before this software was made',
    advice:
      'Set the clock (timedatectl set-time), see to time synchronisation, and look at the battery of the clock.',
  },
  unknown: {
    verdict: 'warn',
    cause: 'neither chrony nor systemd tells whether the clock is synchronised',
    advice:
      'Install chrony (apt install chrony); until then reads say that nobody knows how right their time is.',
  },
} as const;

export const probe: Probe = {
  id: 'clock',
  title: 'clock',
  timeoutMs: 8000,
  findings,
  applies: () => true,
  async run(_context, signal) {
    const report = await askClock(signal);
    const now = new Date();
    const data = {
      ...report,
      now: now.toISOString(),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
    const say = (finding: keyof typeof findings, measured: string) =>
      resultOf('clock', findings, finding, `${data.now} (${data.timeZone}), ${measured}`, data);
    if (now.getTime() < EARLIEST) return say('past', 'a time in the past');
    if (report.synchronised === null) return say('unknown', 'no time service tells whether that is right');
    if (!report.synchronised) return say('unsynchronised', `not synchronised (${report.source})`);
    if (report.offsetMs === null)
      return say('synchronised', `synchronised (${report.source}, which tells no offset)`);
    const offset = `synchronised (${report.source}), ${report.offsetMs.toFixed(1)} ms off`;
    return say(report.offsetMs > MAX_OFFSET_MS ? 'far' : 'synchronised', offset);
  },
};
