// What the kernel tells of network interfaces and routes, and what it means. Pure.

export interface Link {
  name: string;
  kind: 'cable' | 'wireless' | 'vlan' | 'bridge';
  /** VLAN id and the interface that it lies on */
  vlan: { id: number; on: string } | null;
  /** switched on by configuration */
  up: boolean;
  /** something is at the other end; null: the driver does not tell */
  carrier: boolean | null;
  speedMbit: number | null;
  duplex: 'full' | 'half' | null;
  mtuBytes: number;
  /** share of received packets that were damaged */
  errorShare: number;
  addresses: string[];
}

export type LinkFinding = 'good' | 'unused' | 'no-link' | 'no-address' | 'half-duplex' | 'slow' | 'errors';

const SLOW_MBIT = 100;
const MANY_ERRORS_SHARE = 1e-4;

/** @param wanted it carries the default route, or a VLAN */
export function linkFinding(link: Link, wanted: boolean): LinkFinding {
  const used = wanted || link.addresses.length > 0;
  if (!link.up || (link.carrier === false && !used)) return 'unused';
  if (link.carrier === false) return 'no-link';
  if (link.duplex === 'half') return 'half-duplex';
  if (link.errorShare > MANY_ERRORS_SHARE) return 'errors';
  if (link.kind === 'cable' && link.speedMbit !== null && link.speedMbit < SLOW_MBIT) return 'slow';
  return used ? 'good' : 'no-address';
}

/** /proc/net/vlan/config: `eth0.5         | 5  | eth0` below two lines of head. */
export function vlansOf(config: string | undefined): Map<string, { id: number; on: string }> {
  const vlans = new Map<string, { id: number; on: string }>();
  for (const line of (config ?? '').split('\n')) {
    const [name, id, on] = line.split('|').map((part) => part.trim());
    if (name && on && /^\d+$/.test(id ?? '')) vlans.set(name, { id: Number(id), on });
  }
  return vlans;
}

export interface Route {
  interface: string;
  gateway: string | null;
  metric: number;
}

/** Default routes of /proc/net/route: numbers in hexadecimal, addresses little-endian. The preferred one first. */
export function defaultRoutes(routes: string): Route[] {
  const found: Route[] = [];
  for (const line of routes.split('\n').slice(1)) {
    const [name, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
    if (!name || destination !== '00000000' || mask !== '00000000') continue;
    if (!(Number.parseInt(flags ?? '0', 16) & RTF_UP) || Number.parseInt(flags!, 16) & RTF_REJECT) continue;
    const bytes = (gateway ?? '').match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
    const address = bytes.reverse().join('.');
    found.push({ interface: name, gateway: address === '0.0.0.0' ? null : address, metric: Number(metric) });
  }
  return found.sort((a, b) => a.metric - b.metric);
}

/** The same of /proc/net/ipv6_route: destination, its length, …, next hop, metric, …, flags, interface. */
export function defaultRoutes6(routes: string): Route[] {
  const found: Route[] = [];
  for (const line of routes.split('\n')) {
    const [destination, length, , , hop, metric, , , flags, name] = line.trim().split(/\s+/);
    if (!name || name === 'lo' || length !== '00' || /[^0]/.test(destination!)) continue;
    if (!(Number.parseInt(flags!, 16) & RTF_UP) || Number.parseInt(flags!, 16) & RTF_REJECT) continue;
    const gateway = /[^0]/.test(hop!) ? hop!.match(/.{4}/g)!.join(':') : null;
    found.push({ interface: name, gateway, metric: Number.parseInt(metric!, 16) });
  }
  return found.sort((a, b) => a.metric - b.metric);
}

const RTF_UP = 1;
const RTF_REJECT = 0x200;

/** /proc/net/arp: whether the neighbour has answered (flag 2); undefined when nobody asked for it lately. */
export function neighbourAnswers(arp: string, address: string): boolean | undefined {
  const flags = arp
    .split('\n')
    .find((line) => line.startsWith(`${address} `))
    ?.trim()
    .split(/\s+/)[2];
  return flags === undefined ? undefined : (Number.parseInt(flags, 16) & 2) !== 0;
}
