// The way to the broker: how long a TCP connection takes, how many get lost, and how large a packet may be. A path that
// swallows large packets lets everything connect and nothing through.

import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../command.ts';
import { median, PACKET_SIZES, type PacketFate, packetFate, pathFinding, pathMtu } from '../path-policy.ts';
import { type Probe, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import { openTcp } from '../tls.ts';

const ATTEMPTS = 6;
const PAUSE_MS = 150;
const TIMEOUT_MS = 4000;
const DEFAULT_PORTS: Record<string, number> = { 'mqtt:': 1883, 'mqtts:': 8883 };
/** IP and ICMP headers are not in the size that ping takes. */
const PING_HEADER_BYTES = { 4: 28, 6: 48 } as const;

const findings = {
  good: {
    verdict: 'ok',
    cause: 'connections to the broker come about quickly, and none gets lost',
    advice: null,
  },
  unreachable: {
    verdict: 'fail',
    cause: 'no connection to the broker comes about',
    advice: 'The broker probe says where the way ends: anpr doctor --only broker.',
  },
  lossy: {
    verdict: 'warn',
    cause: 'some connections got lost or had to be begun again',
    advice: 'Look at signal and antenna of the mobile link, or ask the provider; nothing is lost meanwhile.',
  },
  slow: {
    verdict: 'warn',
    cause: 'a connection takes more than half a second',
    advice: 'Expect reads to come late; look at signal and antenna of the mobile link.',
  },
  'small-mtu': {
    verdict: 'warn',
    cause: 'only packets below 1280 bytes get through whole',
    advice: 'Look for a tunnel within a tunnel; set the MTU of the outer interface to what gets through.',
  },
  'black-hole': {
    verdict: 'warn',
    cause: 'small packets are answered, large ones vanish without a word',
    advice:
      'If connections come about and hang then: have ICMP "fragmentation needed" let through, or lower the MTU of {interface}.',
  },
} as const;

export const probe: Probe = {
  id: 'path',
  group: 'network',
  title: 'way to the broker',
  timeoutMs: 12_000,
  findings,
  applies: ({ config }) => config?.uplink !== undefined,
  async run({ config }, signal) {
    const { protocol, hostname, port: portText } = new URL(config!.uplink!.url);
    const port = Number(portText) || DEFAULT_PORTS[protocol]!;
    const resolved = await resolveName(hostname, TIMEOUT_MS);
    if ('reason' in resolved)
      return resultOf('path', findings, 'unreachable', `${hostname}: ${resolved.reason}`);
    const { address } = resolved;
    const sizesAsked = packetSizes(address, signal);
    const connectMs: number[] = [];
    let localAddress: string | undefined;
    let attempts = 0;
    for (; attempts < ATTEMPTS && !signal.aborted; attempts++) {
      try {
        const opened = await openTcp({ host: address, port, timeoutMs: TIMEOUT_MS, signal });
        connectMs.push(opened.ms);
        localAddress = opened.localAddress;
      } catch {
        // One that never comes about takes all its time: another one says no more.
        if (connectMs.length === 0) break;
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
    const measure = { connectMs, attempts: Math.max(1, attempts), sizes: await sizesAsked };
    const mtu = pathMtu(measure);
    const name = interfaceOf(localAddress);
    const middle = median(connectMs);
    const measured = [
      `${address}:${port}${name ? ` through ${name}` : ''}`,
      middle === null
        ? 'no connection'
        : `${connectMs.length} of ${measure.attempts} connections, ${middle.toFixed(0)} ms (${Math.min(...connectMs).toFixed(0)} to ${Math.max(...connectMs).toFixed(0)})`,
      measure.sizes === null
        ? 'path MTU not known (no ping here)'
        : mtu === null
          ? 'path MTU not known (nobody answers to ping)'
          : `packets of ${mtu} bytes get through`,
    ];
    return resultOf('path', findings, pathFinding(measure), measured.join(', '), {
      ...{ address, port, interface: name ?? null, connectMs, attempts: measure.attempts, pathMtu: mtu },
    });
  },
};

/** Which sizes come back unfragmented, all asked side by side; null where there is no ping. */
async function packetSizes(address: string, signal: AbortSignal): Promise<Map<number, PacketFate> | null> {
  const header = PING_HEADER_BYTES[isIPv6(address) ? 6 : 4];
  const answers = await Promise.all(
    PACKET_SIZES.map(async (size) => {
      const args = ['-c', '1', '-W', '2', '-M', 'do', '-s', String(size - header), address];
      return { size, ...(await runCommand('ping', args, { timeoutMs: 3000, signal })) };
    }),
  );
  if (answers.some(({ missing }) => missing)) return null;
  return new Map(answers.map((answer) => [answer.size, packetFate(answer)]));
}

function interfaceOf(localAddress: string | undefined): string | undefined {
  return Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ address }) => address === localAddress),
  )?.[0];
}
