// The way out: a default route, and a gateway that answers.

import { hostFiles } from '../host-files.ts';
import { defaultRoutes, defaultRoutes6, neighbourAnswers } from '../link-policy.ts';
import { type Probe, resultOf } from '../probe.ts';

const findings = {
  good: { verdict: 'ok', cause: 'there is a default route, and its gateway answers', advice: null },
  none: {
    verdict: 'warn',
    cause: 'there is no default route: only the own network can be reached',
    advice:
      'Give the box a gateway (in its network configuration, or by DHCP), unless the broker is next door.',
  },
  'gateway-silent': {
    verdict: 'fail',
    cause: 'the gateway does not answer when it is asked for its hardware address',
    advice:
      'Look at {gateway}: is it on, is it in the same network and VLAN as this box, is its address right?',
  },
  twice: {
    verdict: 'warn',
    cause: 'two default routes have the same metric: which one is taken is chance',
    advice: 'Give the way that is meant the lower metric: ip route shows both.',
  },
} as const;

export const probe: Probe = {
  id: 'route',
  group: 'network',
  title: 'default route',
  timeoutMs: 3000,
  findings,
  applies: () => true,
  async run({ hostRoot }) {
    const files = hostFiles(hostRoot);
    const routes = defaultRoutes(files.text('proc/net/route') ?? '');
    const all = [...routes, ...defaultRoutes6(files.text('proc/net/ipv6_route') ?? '')];
    const [first, second] = routes;
    const best = first ?? all[0];
    if (!best) return resultOf('route', findings, 'none', 'no default route', { routes: all });
    const measured = all
      .map(
        ({ interface: name, gateway, metric }) => `${gateway ?? 'direct'} through ${name} (metric ${metric})`,
      )
      .join(', ');
    const data = { routes: all, gateway: best.gateway };
    const answers = best.gateway
      ? neighbourAnswers(files.text('proc/net/arp') ?? '', best.gateway)
      : undefined;
    if (answers === false)
      return resultOf('route', findings, 'gateway-silent', `${measured}, which is silent`, data);
    const twice = first && second && first.metric === second.metric && first.interface !== second.interface;
    return resultOf('route', findings, twice ? 'twice' : 'good', measured, data);
  },
};
