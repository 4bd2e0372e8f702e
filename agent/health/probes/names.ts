// Name resolution: who is asked, and whether the names in the configuration come back as addresses, and how soon.

import { isIP } from 'node:net';
import { hostFiles } from '../host-files.ts';
import { type Probe, type ProbeContext, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';

const TIMEOUT_MS = 4000;
const SLOW_MS = 500;

const findings = {
  good: { verdict: 'ok', cause: 'every name in the configuration resolves', advice: null },
  'not-needed': { verdict: 'ok', cause: 'the configuration has addresses only', advice: null },
  'no-server': {
    verdict: 'warn',
    cause: 'no name server is configured',
    advice: 'Name one in the network configuration (or by DHCP); /etc/resolv.conf shows none.',
  },
  unresolved: {
    verdict: 'fail',
    cause: 'a name in the configuration does not resolve',
    advice: 'Correct the name, or see why the name servers do not know it: resolvectl query {name}.',
  },
  slow: {
    verdict: 'warn',
    cause: 'a name takes more than half a second to resolve',
    advice:
      'Look at the order of the name servers: the first one may be dead, and the second has to be waited for.',
  },
} as const;

export const probe: Probe = {
  id: 'names',
  group: 'network',
  title: 'name resolution',
  timeoutMs: 6000,
  findings,
  applies: () => true,
  async run(context) {
    const servers = [
      ...(hostFiles(context.hostRoot).text('etc/resolv.conf') ?? '').matchAll(/^nameserver\s+(\S+)/gm),
    ].map(([, server]) => server!);
    const asked = servers.length ? `asks ${servers.join(', ')}` : 'no name server';
    const names = namesIn(context);
    if (names.length === 0)
      return resultOf('names', findings, servers.length ? 'not-needed' : 'no-server', asked, { servers });
    const found = await Promise.all(
      names.map(async (name) => ({ name, ...(await resolveName(name, TIMEOUT_MS)) })),
    );
    const data = { servers, found };
    const texts = found.map((one) =>
      'reason' in one
        ? `${one.name}: ${one.reason}`
        : `${one.name} is ${one.address} (${one.ms?.toFixed(0)} ms)`,
    );
    const measured = [...texts, asked].join(', ');
    const bad = found.find((one) => 'reason' in one);
    if (bad) return resultOf('names', findings, 'unresolved', measured, { ...data, name: bad.name });
    const slow = found.some((one) => 'ms' in one && (one.ms ?? 0) > SLOW_MS);
    return resultOf('names', findings, slow ? 'slow' : 'good', measured, data);
  },
};

function namesIn({ config }: ProbeContext): string[] {
  const urls = [
    config?.uplink?.url,
    ...(config?.uplink?.fallbacks ?? []).map(({ url }) => url),
    ...(config?.cameras ?? []).filter(({ enabled }) => enabled).map(({ url }) => url),
  ];
  const hosts = urls.flatMap((url) => (url && !url.startsWith('file:') ? [new URL(url).hostname] : []));
  return [...new Set(hosts)].filter((host) => isIP(host.replace(/^\[|\]$/g, '')) === 0);
}
