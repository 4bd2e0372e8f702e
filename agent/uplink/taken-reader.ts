// Reads the PUBACKs that say yes out of what the broker sends, and hands on all the rest. In a drain they are nearly everything
// that comes in, tens of thousands a second of four bytes each, and mqtt.js takes ten times as long for one.

/** PUBACK without a reason: taken (3.4.2.1); 3.1.1 knows no other. */
const PUBACK = 0x40;
const PUBACK_REMAINING_BYTES = 2;
const PUBACK_BYTES = 4;
/** A fixed header is a byte and a variable byte integer of one to four (1.5.5). */
const LENGTH_BYTES_MAX = 4;

export interface TakenReader {
  /** What has come in. Calls back before it returns. */
  take(chunk: Buffer): void;
}

/**
 * @param onTaken the broker has the message with this packet identifier
 * @param onOther bytes of all other packets, in order; also of what is no packet at all
 */
export function createTakenReader(
  onTaken: (messageId: number) => void,
  onOther: (bytes: Buffer) => void,
): TakenReader {
  /** the beginning of a packet of which too little is there to tell what it is */
  let begun: Buffer | undefined;
  /** bytes that the packet which is being handed on has yet to come */
  let left = 0;

  return {
    take(chunk) {
      const bytes = begun ? Buffer.concat([begun, chunk]) : chunk;
      begun = undefined;
      let at = Math.min(left, bytes.length);
      left -= at;
      /** where what is to be handed on begins */
      let from = 0;
      while (at < bytes.length) {
        const head = headOf(bytes, at);
        if (head === undefined || (isTaken(bytes, at) && at + PUBACK_BYTES > bytes.length)) {
          begun = bytes.subarray(at);
          break;
        }
        if (isTaken(bytes, at)) {
          if (at > from) onOther(bytes.subarray(from, at));
          onTaken(bytes.readUInt16BE(at + PUBACK_BYTES - 2));
          at += PUBACK_BYTES;
          from = at;
          continue;
        }
        const end = at + head;
        left = Math.max(0, end - bytes.length);
        at = Math.min(end, bytes.length);
      }
      if (at > from) onOther(bytes.subarray(from, at));
    },
  };
}

const isTaken = (bytes: Buffer, at: number) =>
  bytes[at] === PUBACK && bytes[at + 1] === PUBACK_REMAINING_BYTES;

/** Length in bytes of the packet at a place; undefined: it can't be told yet. What is no packet is as long as everything. */
function headOf(bytes: Buffer, at: number): number | undefined {
  let remaining = 0;
  for (let n = 0; n < LENGTH_BYTES_MAX; n++) {
    const byte = bytes[at + 1 + n];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** n;
    if (byte < 0x80) return 2 + n + remaining;
  }
  return Number.POSITIVE_INFINITY;
}
