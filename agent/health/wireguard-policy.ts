// WireGuard's peers as `wg show all dump` tells of them (wg(8)), and what that means. Pure.

export interface Peer {
  interface: string;
  publicKey: string;
  endpoint: string | null;
  allowed: string;
  /** UTC epoch milliseconds; null: there never was one */
  lastHandshakeAt: number | null;
  receivedBytes: number;
  sentBytes: number;
  keepaliveSeconds: number | null;
}

export type PeerFinding = 'good' | 'idle' | 'never' | 'stale' | 'no-endpoint';

/** Tab-separated; a line of 5 fields is an interface (private key and all: passed over), one of 9 a peer. */
export function peersOf(dump: string): Peer[] {
  return dump.split('\n').flatMap((line) => {
    const fields = line.split('\t');
    if (fields.length !== 9) return [];
    const [name, publicKey, , endpoint, allowed, handshake, received, sent, keepalive] = fields;
    return [
      {
        interface: name!,
        publicKey: publicKey!,
        endpoint: endpoint === '(none)' ? null : endpoint!,
        allowed: allowed!,
        lastHandshakeAt: Number(handshake) > 0 ? Number(handshake) * 1000 : null,
        receivedBytes: Number(received),
        sentBytes: Number(sent),
        keepaliveSeconds: keepalive === 'off' ? null : Number(keepalive),
      },
    ];
  });
}

/** A session is renewed every 2 minutes while data flows and dead after 3 (REJECT_AFTER_TIME, whitepaper section 6.1). */
const DEAD_MS = 180_000;

export function peerFinding(peer: Peer, now: number): PeerFinding {
  if (peer.lastHandshakeAt === null) return peer.endpoint === null ? 'no-endpoint' : 'never';
  if (now - peer.lastHandshakeAt <= DEAD_MS) return 'good';
  return peer.keepaliveSeconds === null ? 'idle' : 'stale';
}
