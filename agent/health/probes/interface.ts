// Network interfaces: a cable that is out, a link that came up at half duplex, a plug that has gone bad.

import { hostFiles } from '../host-files.ts';
import { defaultRoutes, defaultRoutes6, type Link, linkFinding } from '../link-policy.ts';
import { linksOf } from '../links.ts';
import { type Probe, resultOf } from '../probe.ts';

const findings = {
  good: { verdict: 'ok', cause: 'the link is up and has an address', advice: null },
  unused: { verdict: 'ok', cause: 'the interface is off, or has neither cable nor address', advice: null },
  'no-link': {
    verdict: 'fail',
    cause: 'the interface is meant to be used, but nothing is at the other end of its cable',
    advice:
      'Push the plugs of {name} in, try another cable and another port of the switch; is the switch on?',
  },
  'no-address': {
    verdict: 'warn',
    cause: 'the link is up, but the interface has no address',
    advice: 'Give {name} an address, or see why no DHCP server answers: networkctl status {name}.',
  },
  'half-duplex': {
    verdict: 'warn',
    cause: 'the link came up at half duplex',
    advice: 'Set both ends of {name} to automatic negotiation; a bad cable does this too.',
  },
  slow: {
    verdict: 'warn',
    cause: 'the link came up at less than 100 Mbit/s',
    advice: 'Change the cable of {name}: with a broken pair a link falls back to 10 Mbit/s.',
  },
  errors: {
    verdict: 'warn',
    cause: 'more than 1 in 10,000 received packets was damaged',
    advice: 'Change the cable and the plugs of {name}, and keep it away from mains cables.',
  },
  none: {
    verdict: 'fail',
    cause: 'there is no network interface but the box itself',
    advice: 'Look whether the network card is seen at all: ip link, lspci, lsusb.',
  },
} as const;

export const probe: Probe = {
  id: 'interface',
  group: 'network',
  title: 'network interfaces',
  timeoutMs: 3000,
  findings,
  applies: () => true,
  async run({ hostRoot }) {
    const files = hostFiles(hostRoot);
    const links = linksOf(files);
    if (links.length === 0) return resultOf('interface', findings, 'none', 'no network interface');
    const wanted = new Set([
      ...defaultRoutes(files.text('proc/net/route') ?? '').map((route) => route.interface),
      ...defaultRoutes6(files.text('proc/net/ipv6_route') ?? '').map((route) => route.interface),
      ...links.flatMap(({ vlan }) => (vlan ? [vlan.on] : [])),
    ]);
    return links.map((link) => {
      const finding = linkFinding(link, wanted.has(link.name));
      return resultOf(`interface/${link.name}`, findings, finding, textOf(link), { ...link });
    });
  },
};

function textOf(link: Link): string {
  const state = !link.up ? 'off' : link.carrier === false ? 'no link' : 'up';
  return [
    link.vlan ? `VLAN ${link.vlan.id} on ${link.vlan.on}` : link.kind,
    state,
    link.speedMbit === null ? undefined : `${link.speedMbit} Mbit/s`,
    link.duplex === null ? undefined : `${link.duplex} duplex`,
    link.addresses.length ? link.addresses.join(' ') : 'no address',
    `MTU ${link.mtuBytes}`,
    link.errorShare > 0 ? `${(100 * link.errorShare).toFixed(3)} % damaged` : undefined,
  ]
    .filter(Boolean)
    .join(', ');
}
