// The clock: whether something keeps it right and by what, how far off it is in that service's own words and by a
// question of ours to its time server, and, given a minute, how it drifts.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../shared/errors.ts';
import { isoOf } from '../../shared/time.ts';
import { askClock } from '../clock.ts';
import { type ClockMeasure, clockFinding } from '../clock-policy.ts';
import { type Probe, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import { askTimeServer, NTP_PORT, type ServerTime } from '../sntp.ts';

const ANSWER_TIMEOUT_MS = 2000;
const MINUTE_MS = 60_000;

const findings = {
  synchronised: { verdict: 'ok', cause: 'a time service keeps the clock right', advice: null },
  unsynchronised: {
    verdict: 'fail',
    cause: 'the system says that its clock is not synchronised',
    advice: 'Let chrony or systemd-timesyncd reach a time server (UDP 123), or name one that it can reach.',
  },
  skewed: {
    verdict: 'fail',
    cause: 'the clock is more than a second from the time server',
    advice:
      'Set it at once (chronyc makestep, or timedatectl set-ntp true), then look why it was not kept right.',
  },
  far: {
    verdict: 'warn',
    cause: 'the clock is more than 100 ms from its time server',
    advice: 'Wait some minutes; if it stays so, choose a nearer time server.',
  },
  drifts: {
    verdict: 'warn',
    cause: 'it runs off by more than 10 ms in a minute, or by more than 200 ppm without its time service',
    advice:
      'Look for two programs that both set the clock; if there is one only, the clock of this box is bad.',
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
  'server-silent': {
    verdict: 'warn',
    cause: 'the time server does not answer, or has no time to give',
    advice: 'Have UDP 123 to {server} let through, or name a time server that the box can reach.',
  },
} as const;

export const probe: Probe = {
  id: 'clock',
  group: 'box',
  title: 'clock',
  timeoutMs: 8000,
  thoroughTimeoutMs: MINUTE_MS + 8000,
  findings,
  applies: () => true,
  async run({ thorough, timeServer }, signal) {
    const report = await askClock(signal);
    const server = timeServer ?? report.server;
    const first = server === null ? null : await ask(server, signal);
    let second: typeof first = null;
    if (thorough && first && 'offsetMs' in first) {
      await sleep(MINUTE_MS, undefined, { signal }).catch(() => {});
      second = await ask(server!, signal);
    }
    const last = second && 'offsetMs' in second ? second : first && 'offsetMs' in first ? first : null;
    const drift = last !== null && last === second ? last.offsetMs - (first as ServerTime).offsetMs : null;
    const measure: ClockMeasure = {
      ...report,
      now: Date.now(),
      serverOffsetMs: last?.offsetMs ?? null,
      driftMs: drift,
    };
    const found = clockFinding(measure);
    const silent = first !== null && !('offsetMs' in first) ? first.reason : undefined;
    const good = found === 'synchronised' || found === 'unknown';
    const measured = [
      isoOf(measure.now),
      stateText(report),
      last && `${signed(last.offsetMs)} ms from ${server} (asked in ${last.roundTripMs.toFixed(0)} ms)`,
      silent && `${server}: ${silent}`,
      driftText(drift, report.frequencyPpm),
    ];
    const finding =
      silent !== undefined && good && (timeServer || found === 'unknown') ? 'server-silent' : found;
    return resultOf('clock', findings, finding, measured.filter(Boolean).join(', '), {
      ...report,
      ...measure,
      now: isoOf(measure.now),
      server,
      serverTime: last,
    });
  },
};

async function ask(server: string, signal: AbortSignal): Promise<ServerTime | { reason: string }> {
  const { host, port } = /^(?<host>[^:]+)(?::(?<port>\d+))?$/.exec(server)?.groups ?? { host: server };
  const resolved = await resolveName(host!, ANSWER_TIMEOUT_MS);
  if ('reason' in resolved) return resolved;
  return askTimeServer(
    { address: resolved.address, port: port === undefined ? NTP_PORT : Number(port) },
    { timeoutMs: ANSWER_TIMEOUT_MS, signal },
  ).catch((error: unknown) => ({ reason: messageOf(error) }));
}

function stateText({ synchronised, source, server, offsetMs }: Awaited<ReturnType<typeof askClock>>): string {
  if (synchronised === null) return 'no time service tells whether that is right';
  const by = `${source}${server ? `, ${server}` : ''}`;
  if (!synchronised) return `not synchronised (${by})`;
  return `synchronised (${by})${offsetMs === null ? '' : `, ${offsetMs.toFixed(1)} ms off by its own account`}`;
}

function driftText(driftMs: number | null, frequencyPpm: number | null): string | undefined {
  if (driftMs !== null) return `${signed(driftMs)} ms in a minute`;
  // 1 ppm is 0.06 ms in a minute
  return frequencyPpm === null
    ? undefined
    : `would drift ${signed(frequencyPpm * 0.06)} ms a minute by itself`;
}

const signed = (number: number) => `${number < 0 ? '' : '+'}${number.toFixed(1)}`;
