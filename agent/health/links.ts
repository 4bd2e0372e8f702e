// The network interfaces that carry something: cables, radio, and the VLANs and bridges on them. Tunnels have a probe
// of their own; what containers and the kernel make for themselves is passed over.

import { networkInterfaces } from 'node:os';
import type { HostFiles } from './host-files.ts';
import { type Link, vlansOf } from './link-policy.ts';

const IFF_UP = 1;

export function linksOf(files: HostFiles): Link[] {
  const vlans = vlansOf(files.text('proc/net/vlan/config'));
  const addresses = networkInterfaces();
  return files.names('sys/class/net').flatMap((name): Link[] => {
    const folder = `sys/class/net/${name}`;
    const vlan = vlans.get(name) ?? null;
    const type = /^DEVTYPE=(.+)$/m.exec(files.text(`${folder}/uevent`) ?? '')?.[1];
    const kind = vlan
      ? 'vlan'
      : type === 'bridge'
        ? 'bridge'
        : type === 'wlan' || files.names(`${folder}/wireless`).length
          ? 'wireless'
          : files.names(`${folder}/device`).length
            ? 'cable'
            : undefined;
    if (!kind) return [];
    const counted = (counter: string) => files.number(`${folder}/statistics/${counter}`) ?? 0;
    const received = counted('rx_packets');
    const carrier = files.number(`${folder}/carrier`);
    const speed = files.number(`${folder}/speed`);
    const duplex = files.text(`${folder}/duplex`);
    return [
      {
        ...{ name, kind, vlan },
        up: (Number.parseInt(files.text(`${folder}/flags`) ?? '0', 16) & IFF_UP) !== 0,
        carrier: carrier === undefined ? null : carrier === 1,
        // -1: the driver does not know
        speedMbit: speed !== undefined && speed > 0 ? speed : null,
        duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
        mtuBytes: files.number(`${folder}/mtu`) ?? 0,
        errorShare: received > 0 ? counted('rx_errors') / received : 0,
        addresses: (addresses[name] ?? []).map(({ cidr, address }) => cidr ?? address),
      },
    ];
  });
}
