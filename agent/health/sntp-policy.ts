// SNTP packets (RFC 4330) as numbers. Pure.

const PACKET_BYTES = 48;
/** leap 0, version 4, mode 3 (client) */
const CLIENT = 0x23;
const MODE_SERVER = 4;
const LEAP_UNSYNCHRONISED = 3;
/** seconds from NTP's 1900 to Unix's 1970 */
const EPOCH_DIFFERENCE = 2_208_988_800;

/** @param cookie 8 bytes that come back in the answer: they stand where the client's time would */
export function requestPacket(cookie: Buffer): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet[0] = CLIENT;
  cookie.copy(packet, 40);
  return packet;
}

/**
 * What an answer says, for times of sending and receiving in epoch milliseconds. Undefined for what is not the answer
 * to this request; throws when the server has no time to give.
 */
export function offsetOf(
  packet: Buffer,
  cookie: Buffer,
  sentAt: number,
  receivedAt: number,
): { offsetMs: number; roundTripMs: number; stratum: number } | undefined {
  if (packet.length < PACKET_BYTES || (packet[0]! & 7) !== MODE_SERVER) return undefined;
  if (!packet.subarray(24, 32).equals(cookie)) return undefined;
  const stratum = packet[1]!;
  if (stratum === 0) throw new Error(`it refuses (${packet.subarray(12, 16).toString('latin1')})`);
  if (packet[0]! >> 6 === LEAP_UNSYNCHRONISED) throw new Error('it is not synchronised itself');
  const receivedThere = timeAt(packet, 32);
  const sentThere = timeAt(packet, 40);
  return {
    offsetMs: (receivedThere - sentAt + (sentThere - receivedAt)) / 2,
    roundTripMs: Math.max(0, receivedAt - sentAt - (sentThere - receivedThere)),
    stratum,
  };
}

/** 32 bits of seconds since 1900 (since 2036 when the first bit is 0: RFC 4330 section 3) and 32 of fraction. */
function timeAt(packet: Buffer, offset: number): number {
  const seconds = packet.readUInt32BE(offset);
  const era = seconds < 0x80000000 ? 2 ** 32 : 0;
  return (seconds + era - EPOCH_DIFFERENCE) * 1000 + (packet.readUInt32BE(offset + 4) / 2 ** 32) * 1000;
}
