// WireGuard tunnels: whether each peer has answered lately. A tunnel that is "up" says nothing by itself.

import { durationText, sizeText } from '../../shared/quantities.ts';
import { runCommand } from '../command.ts';
import { hostFiles } from '../host-files.ts';
import { type Probe, type ProbeContext, type ProbeResult, resultOf } from '../probe.ts';
import { peerFinding, peersOf } from '../wireguard-policy.ts';

const findings = {
  good: { verdict: 'ok', cause: 'the peer has answered within three minutes', advice: null },
  idle: {
    verdict: 'warn',
    cause: 'no handshake for more than three minutes, and no keep-alive that would have made one',
    advice:
      'Set PersistentKeepalive = 25 for this peer: without it nobody can reach the box behind a router.',
  },
  stale: {
    verdict: 'fail',
    cause: 'no handshake for more than three minutes, though a keep-alive is set',
    advice: 'Look at the clock of this box first, then whether UDP to {endpoint} gets through.',
  },
  never: {
    verdict: 'fail',
    cause: 'the peer has never answered',
    advice: 'Compare the public keys on both ends, and have UDP to {endpoint} let through.',
  },
  'no-endpoint': {
    verdict: 'warn',
    cause: 'the peer has no address of its own and has not called yet',
    advice: 'Set Endpoint = for this peer, unless it is meant to call this box.',
  },
  'no-peer': {
    verdict: 'fail',
    cause: 'the interface has no peer',
    advice: 'Put the peer into the configuration of {name}: wg showconf {name}.',
  },
  unknown: {
    verdict: 'warn',
    cause: 'there is a WireGuard interface, but this user or this machine cannot ask it',
    advice: 'Run anpr doctor with sudo, and apt install wireguard-tools.',
  },
} as const;

export const probe: Probe = {
  id: 'wireguard',
  group: 'network',
  title: 'WireGuard',
  timeoutMs: 5000,
  findings,
  applies: (context) => interfacesOf(context).length > 0,
  async run(context, signal) {
    const names = interfacesOf(context);
    const { exitCode, stdout, stderr } = await runCommand('wg', ['show', 'all', 'dump'], {
      timeoutMs: 3000,
      signal,
    });
    if (exitCode !== 0)
      return resultOf(
        'wireguard',
        findings,
        'unknown',
        `${names.join(', ')}: ${stderr.trim().slice(0, 100) || 'no wg'}`,
      );
    return wireguardResults(names, stdout, Date.now());
  },
};

/** @param dump what `wg show all dump` says */
export function wireguardResults(names: readonly string[], dump: string, now: number): ProbeResult[] {
  const peers = peersOf(dump);
  return names.flatMap((name) => {
    const own = peers.filter((peer) => peer.interface === name);
    if (own.length === 0) return [resultOf(`wireguard/${name}`, findings, 'no-peer', 'no peer', { name })];
    return own.map((peer) => {
      const ago = peer.lastHandshakeAt === null ? null : now - peer.lastHandshakeAt;
      const measured = [
        `peer ${peer.publicKey.slice(0, 8)}… at ${peer.endpoint ?? 'no address'}`,
        ago === null ? 'no handshake yet' : `last handshake ${durationText(ago)} ago`,
        `${sizeText(peer.receivedBytes)} in, ${sizeText(peer.sentBytes)} out`,
        peer.keepaliveSeconds === null ? 'no keep-alive' : `keep-alive ${peer.keepaliveSeconds} s`,
      ];
      const data = { ...peer, name, handshakeAgoMs: ago };
      return resultOf(`wireguard/${name}`, findings, peerFinding(peer, now), measured.join(', '), data);
    });
  });
}

function interfacesOf({ hostRoot }: ProbeContext): string[] {
  const files = hostFiles(hostRoot);
  return files
    .names('sys/class/net')
    .filter((name) => /^DEVTYPE=wireguard$/m.test(files.text(`sys/class/net/${name}/uevent`) ?? ''));
}
