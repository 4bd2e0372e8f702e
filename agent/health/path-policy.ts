// The way to the broker: packet sizes that get through, and how long and how surely packets take. Pure.

export interface PathMeasure {
  /** milliseconds of each TCP connection that came about */
  connectMs: readonly number[];
  attempts: number;
  /** what became of packets of these sizes (with headers) that may not be cut up; null: nothing could be tried */
  sizes: ReadonlyMap<number, PacketFate> | null;
}

/** answered; told: somebody on the way said that it is too large; vanished: not a word */
export type PacketFate = 'answered' | 'told' | 'vanished';

export type PathFinding = 'good' | 'unreachable' | 'lossy' | 'slow' | 'black-hole' | 'small-mtu';

/** Ethernet; PPPoE; WireGuard over IPv4; over IPv6 behind PPPoE; the least that IPv6 wants; surely small. */
export const PACKET_SIZES = [1500, 1492, 1440, 1412, 1280, 576] as const;

const SLOW_MS = 500;
const SMALL_BYTES = 1280;

/** The largest packet that gets through whole; null when that is not known. */
export function pathMtu({ sizes }: PathMeasure): number | null {
  const through = [...(sizes ?? [])].filter(([, fate]) => fate === 'answered').map(([size]) => size);
  return through.length ? Math.max(...through) : null;
}

export function median(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

export function pathFinding(measure: PathMeasure): PathFinding {
  const { connectMs, attempts } = measure;
  if (connectMs.length === 0) return 'unreachable';
  const mtu = pathMtu(measure);
  const larger = mtu === null ? [] : [...(measure.sizes ?? [])].filter(([size]) => size > mtu);
  // One that is told of is how it should be, and so is one that does not leave this box.
  if (larger.length && larger.every(([, fate]) => fate === 'vanished')) return 'black-hole';
  if (mtu !== null && mtu < SMALL_BYTES) return 'small-mtu';
  // A SYN that gets lost comes again after a second: that attempt counts as lost too.
  const lost = attempts - connectMs.filter((ms) => ms < 1000).length;
  if (lost > 0 && attempts - lost > 0) return 'lossy';
  return (median(connectMs) ?? 0) > SLOW_MS ? 'slow' : 'good';
}

/** What `ping -c 1 -M do` tells: iputils and busybox say how many answers came, and repeat what was told on the way. */
export function packetFate({ stdout, stderr }: { stdout: string; stderr: string }): PacketFate {
  if (/\b1 (packets )?received\b/.test(stdout)) return 'answered';
  return /frag(mentation)? needed|message too long|packet too big/i.test(stdout + stderr)
    ? 'told'
    : 'vanished';
}
