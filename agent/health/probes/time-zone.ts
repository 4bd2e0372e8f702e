// The time zone: reads are kept in UTC whatever it is, but a technician reads local times, in tables and in `--from`.

import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hostFiles } from '../host-files.ts';
import { type Probe, resultOf } from '../probe.ts';
import { zoneFinding } from '../time-zone-policy.ts';

const findings = {
  good: {
    verdict: 'ok',
    cause: 'the box knows its time zone, and it fits the place it stands at',
    advice: null,
  },
  'unknown-zone': {
    verdict: 'warn',
    cause: 'no time zone is set, or none that this system knows: tables show UTC',
    advice: 'Set it: timedatectl set-timezone Europe/Brussels (and apt install tzdata if it is not known).',
  },
  elsewhere: {
    verdict: 'warn',
    cause: 'the time zone is hours away from the position in the configuration',
    advice: 'Correct position in the configuration, or the zone: timedatectl set-timezone Europe/Brussels.',
  },
} as const;

export const probe: Probe = {
  id: 'time-zone',
  group: 'box',
  title: 'time zone',
  timeoutMs: 2000,
  findings,
  applies: () => true,
  async run({ config, hostRoot }) {
    const named = zoneOf(hostRoot);
    const zone = named ?? 'UTC';
    const offsetMinutes = offsetOf(zone, new Date());
    const finding = zoneFinding(named, offsetMinutes, config?.position?.longitude);
    const sign = offsetMinutes < 0 ? '-' : '+';
    const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
    const offset = `${sign}${two(Math.abs(offsetMinutes) / 60)}:${two(Math.abs(offsetMinutes) % 60)}`;
    return resultOf('time-zone', findings, finding, `${named ?? 'none known, so UTC'} (UTC${offset})`, {
      zone: named ?? null,
      offsetMinutes,
    });
  },
};

/** $TZ, else /etc/localtime's target, else /etc/timezone; undefined when that is no zone known here. */
function zoneOf(hostRoot = '/'): string | undefined {
  const named =
    (hostRoot === '/' ? process.env.TZ?.replace(/^:/, '') : undefined) ||
    linkedZone(join(hostRoot, 'etc/localtime')) ||
    hostFiles(hostRoot).text('etc/timezone');
  if (!named) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: named });
    return named;
  } catch {
    return undefined;
  }
}

function linkedZone(path: string): string | undefined {
  try {
    if (!lstatSync(path).isSymbolicLink()) return undefined;
    return readlinkSync(path).split('/zoneinfo/')[1];
  } catch {
    return undefined;
  }
}

/** Minutes that the zone's clocks are ahead of UTC at that moment. */
function offsetOf(timeZone: string, at: Date): number {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? '');
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}
