// RTP (RFC 3550) as a camera sends it: packets, and what a row of them says of the way and of the stream's clock. Pure:
// packets and their times of arrival in, figures out.

export interface RtpPacket {
  sequence: number;
  timestamp: number;
  marker: boolean;
  payloadType: number;
  payload: Buffer;
}

/** Undefined for what is no RTP version 2 packet. */
export function packetOf(data: Buffer): RtpPacket | undefined {
  if (data.length < 12 || data[0]! >> 6 !== 2) return undefined;
  const padding = data[0]! & 0x20 ? data[data.length - 1]! : 0;
  let start = 12 + 4 * (data[0]! & 0x0f);
  if (data[0]! & 0x10) {
    if (data.length < start + 4) return undefined;
    start += 4 + 4 * data.readUInt16BE(start + 2);
  }
  if (start > data.length - padding) return undefined;
  return {
    sequence: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    marker: (data[1]! & 0x80) !== 0,
    payloadType: data[1]! & 0x7f,
    payload: data.subarray(start, data.length - padding),
  };
}

export interface StreamFigures {
  packets: number;
  /** packets that never came, by their numbers */
  lost: number;
  /** packets that came after a later one */
  reordered: number;
  bytes: number;
  frames: number;
  /** between the first and the last time stamp */
  seconds: number;
  /** frames a second by the time stamps, and by the moments at which they came; null with fewer than two frames */
  fps: number | null;
  arrivedFps: number | null;
  /** interarrival jitter of frames' first packets (RFC 3550 section 6.4.1); null with fewer than two frames */
  jitterMs: number | null;
  /** frames whose time stamp repeats an earlier one or jumps by more than two seconds */
  timeFaults: number;
}

const JUMP_SECONDS = 2;

export interface StreamCounter {
  /** @param arrivedAt milliseconds of any steady clock */
  add(packet: RtpPacket, arrivedAt: number): void;
  figures(): StreamFigures;
}

export function countStream(clockRate: number): StreamCounter {
  let packets = 0;
  let bytes = 0;
  let reordered = 0;
  let first: number | undefined;
  let highest = 0;
  let timestamp: number | undefined;
  let afterMarker = false;
  let jitter = 0;
  let last: { seconds: number; arrivedAt: number } | undefined;
  let firstArrivedAt = 0;
  let timeFaults = 0;
  const times: number[] = [];

  function frame(seconds: number, arrivedAt: number): void {
    if (last) {
      const step = seconds - last.seconds;
      if (step === 0 || Math.abs(step) > JUMP_SECONDS) timeFaults += 1;
      jitter += (Math.abs((arrivedAt - last.arrivedAt) / 1000 - step) - jitter) / 16;
    } else firstArrivedAt = arrivedAt;
    last = { seconds, arrivedAt };
    times.push(seconds);
  }

  return {
    add(packet, arrivedAt) {
      packets += 1;
      bytes += packet.payload.length;
      if (first === undefined) {
        first = packet.sequence;
        highest = first;
      } else {
        // nearest number above or below the highest one so far: sequence numbers begin again after 65535
        const step = ((packet.sequence - (highest & 0xffff) + 0x18000) & 0xffff) - 0x8000;
        if (step <= 0) reordered += 1;
        highest = Math.max(highest, highest + step);
      }
      if (packet.timestamp !== timestamp || afterMarker) {
        const before = times.at(-1);
        const ticks = timestamp === undefined ? 0 : signed32(packet.timestamp - timestamp);
        frame((before ?? 0) + ticks / clockRate, arrivedAt);
        timestamp = packet.timestamp;
      }
      afterMarker = packet.marker;
    },
    figures() {
      const frames = times.length;
      const seconds = frames > 1 ? Math.max(...times) - Math.min(...times) : 0;
      const arrivedMs = last ? last.arrivedAt - firstArrivedAt : 0;
      return {
        packets,
        lost: first === undefined ? 0 : Math.max(0, highest - first + 1 - packets),
        reordered,
        bytes,
        frames,
        seconds,
        fps: seconds > 0 ? (frames - 1) / seconds : null,
        arrivedFps: arrivedMs > 0 ? ((frames - 1) * 1000) / arrivedMs : null,
        jitterMs: frames > 1 ? jitter * 1000 : null,
        timeFaults,
      };
    },
  };
}

const signed32 = (difference: number) => difference | 0;
