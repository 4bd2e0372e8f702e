// Video out of RTP payloads: H.264 (RFC 6184) and H.265 (RFC 7798) as a byte stream with start codes, which ffmpeg
// reads. What is damaged is left out, as a decoder would. Pure.

const START = Buffer.from([0, 0, 0, 1]);

export type Codec = 'H264' | 'H265';

export interface Depacketiser {
  add(payload: Buffer): void;
  /** the whole stream so far, and how many of its pictures begin with a key frame's slice */
  stream(): Buffer;
  /** number of the NAL units that are key frames' first slices, by the order of `add` */
  readonly keyUnits: number;
}

/** @param parameterSets base64, from the description: a decoder needs them first */
export function depacketise(codec: Codec, parameterSets: readonly string[]): Depacketiser {
  const parts: Buffer[] = [];
  let fragment: Buffer[] | undefined;
  let keyUnits = 0;

  const unit = (...pieces: Buffer[]) => {
    parts.push(START, ...pieces);
    if (isKeySlice(codec, pieces[0]!)) keyUnits += 1;
  };
  for (const set of parameterSets) unit(Buffer.from(set, 'base64'));

  function aggregated(data: Buffer): void {
    for (let at = 0; at + 2 <= data.length; ) {
      const length = data.readUInt16BE(at);
      if (length === 0 || at + 2 + length > data.length) return;
      unit(data.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }

  function fragmented(header: Buffer, flags: number, data: Buffer): void {
    if (flags & 0x80) fragment = [header];
    fragment?.push(data);
    if (flags & 0x40 && fragment) {
      unit(...fragment);
      fragment = undefined;
    }
  }

  function addH264(payload: Buffer): void {
    const type = payload[0]! & 0x1f;
    if (type >= 1 && type <= 23) unit(payload);
    else if (type === 24) aggregated(payload.subarray(1));
    else if (type === 28 && payload.length > 2)
      fragmented(
        Buffer.from([(payload[0]! & 0xe0) | (payload[1]! & 0x1f)]),
        payload[1]!,
        payload.subarray(2),
      );
  }

  function addH265(payload: Buffer): void {
    if (payload.length < 3) return;
    const type = (payload[0]! >> 1) & 0x3f;
    if (type < 48) unit(payload);
    else if (type === 48) aggregated(payload.subarray(2));
    else if (type === 49)
      fragmented(
        Buffer.from([(payload[0]! & 0x81) | ((payload[2]! & 0x3f) << 1), payload[1]!]),
        payload[2]!,
        payload.subarray(3),
      );
  }

  return {
    add(payload) {
      if (payload.length === 0) return;
      if (codec === 'H264') addH264(payload);
      else addH265(payload);
    },
    stream: () => Buffer.concat(parts),
    get keyUnits() {
      return keyUnits;
    },
  };
}

function isKeySlice(codec: Codec, unit: Buffer): boolean {
  if (codec === 'H264') return (unit[0]! & 0x1f) === 5;
  const type = (unit[0]! >> 1) & 0x3f;
  return type >= 16 && type <= 21;
}
