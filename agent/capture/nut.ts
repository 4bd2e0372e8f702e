// Reads the NUT container, as far as ffmpeg's muxer writes it for one raw video stream: the one simple way to get
// pictures together with their time stamps out of a pipe. The bytes come from our own child, yet they are checked as
// if they did not: every length is bounded, damage is a NutError, and after it `resync` finds the next sync point.
// The format: https://ffmpeg.org/~michael/nut.txt; the names below are the specification's.

import { uncleared } from '../shared/memory.ts';
import { type FrameCode, frameCodes, INVALID, LETTER_N, MORE, NutError, NutReader } from './nut-reader.ts';

export { NutError } from './nut-reader.ts';

export interface NutStream {
  widthPx: number;
  heightPx: number;
  /** seconds per tick of `pts` */
  timeBase: { numerator: number; denominator: number };
}

export interface NutPicture {
  pts: number;
  /** the raw picture; nobody else holds these bytes */
  data: Uint8Array;
}

export interface NutHandler {
  stream(stream: NutStream): void;
  picture(picture: NutPicture): void;
}

const FILE_ID = Buffer.from('nut/multimedia container\0', 'latin1');
const MAIN = 0x4e4d7a561f5f04adn;
const STREAM = 0x4e5311405bf2f9dbn;
const SYNC_POINT = 0x4e4be4adeeca4569n;
const INDEX = 0x4e58dd672f23e64en;
const INFO = 0x4e49ab68b596ba78n;

const CODED_PTS = 8;
const STREAM_ID = 16;
const SIZE_MSB = 32;
const CHECKSUM = 64;
const RESERVED = 128;
const SIDE_DATA = 256;
const HEADER_INDEX = 1024;
const MATCH_TIME = 2048;
const CODED_FLAGS = 4096;

const MAX_HEADER_BYTES = 64 * 1024;
const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

export class NutParser {
  readonly #handler: NutHandler;
  #pending: Buffer = Buffer.alloc(0);
  #opened = false;
  #codes: FrameCode[] | undefined;
  #elided: Buffer[] = [];
  #timeBases: { numerator: number; denominator: number }[] = [];
  #timeBase = 0;
  #ptsShift = 0;
  #lastPts = 0;
  #ready = false;
  #searching = false;
  /** the picture being filled: large payloads are copied once, straight from the chunks */
  #filling: { pts: number; data: Uint8Array; filled: number } | undefined;

  constructor(handler: NutHandler) {
    this.#handler = handler;
  }

  /** @throws NutError when the bytes are not what ffmpeg writes; `resync` before the next push, or give up */
  push(chunk: Buffer): void {
    let rest = chunk;
    if (this.#filling) rest = this.#fill(rest);
    if (rest.length === 0) return;
    this.#pending = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
    while (this.#pending.length > 0) {
      const reader = new NutReader(this.#pending);
      try {
        this.#next(reader);
      } catch (error) {
        if (error !== MORE) throw error;
        if (this.#pending.length > MAX_HEADER_BYTES * 2) throw new NutError('a header without end');
        // The chunk belongs to the stream that gave it: what waits for more is kept as a copy.
        this.#pending = Buffer.from(this.#pending);
        return;
      }
      const after = this.#pending.subarray(reader.position);
      this.#pending = this.#filling ? this.#fill(after) : after;
    }
  }

  /** After a NutError: throws away what is at hand and goes on at the next sync point. */
  resync(): void {
    if (!this.#ready) throw new NutError('nothing to go on with: the headers were damaged');
    this.#filling = undefined;
    this.#searching = true;
    const at = this.#pending.indexOf(startcodeBytes(SYNC_POINT), 1);
    const from = at >= 0 ? at : Math.max(this.#pending.length - 7, 0);
    this.#pending = Buffer.from(this.#pending.subarray(from));
  }

  #next(reader: NutReader): void {
    if (!this.#opened) this.#fileId(reader);
    else if (this.#searching) this.#search(reader);
    else if (reader.bytes[0] === LETTER_N) this.#packet(reader);
    else if (this.#ready) this.#frame(reader);
    else throw new NutError(`wanted a header, found the byte ${reader.bytes[0]}`);
  }

  #fileId(reader: NutReader): void {
    const length = Math.min(FILE_ID.length, reader.bytes.length);
    if (reader.bytes.compare(FILE_ID, 0, length, 0, length) !== 0) throw new NutError('this is not NUT');
    reader.skip(FILE_ID.length);
    this.#opened = true;
  }

  #search(reader: NutReader): void {
    const at = reader.bytes.indexOf(startcodeBytes(SYNC_POINT));
    if (at < 0) {
      // Keep what may be the beginning of a startcode.
      if (reader.bytes.length < 8) throw MORE;
      reader.skip(reader.bytes.length - 7);
      return;
    }
    reader.skip(at);
    this.#searching = false;
  }

  #packet(reader: NutReader): void {
    const startcode = reader.startcode();
    const length = reader.number();
    if (length < 4 || length > MAX_HEADER_BYTES) throw new NutError(`a header of ${length} bytes`);
    if (length > 4096) reader.skip(4);
    const from = reader.position;
    reader.skip(length);
    const body = new NutReader(reader.bytes.subarray(from, reader.position - 4));
    try {
      if (startcode === MAIN) this.#main(body);
      else if (startcode === STREAM) this.#stream(body);
      else if (startcode === SYNC_POINT) this.#syncPoint(body);
      else if (startcode !== INFO && startcode !== INDEX) throw new NutError('an unknown startcode');
    } catch (error) {
      throw error === MORE ? new NutError('a header shorter than its content') : error;
    }
  }

  #main(body: NutReader): void {
    const version = body.number();
    if (version !== 3) throw new NutError(`version ${version} of the format, wanted 3`);
    const streams = body.number();
    if (streams !== 1) throw new NutError(`${streams} streams, wanted one`);
    body.number(); // max_distance
    const timeBases = body.number();
    if (timeBases < 1 || timeBases > 16) throw new NutError(`${timeBases} time bases`);
    this.#timeBases = [];
    for (let index = 0; index < timeBases; index++) {
      const numerator = body.number();
      const denominator = body.number();
      if (numerator === 0 || denominator === 0) throw new NutError('a time base of zero');
      this.#timeBases.push({ numerator, denominator });
    }
    this.#codes = frameCodes(body);
    this.#elided = [Buffer.alloc(0)];
    const headers = body.number();
    if (headers > 127) throw new NutError(`${headers} elided headers`);
    for (let index = 0; index < headers; index++) {
      const length = body.number();
      if (length > 255) throw new NutError(`an elided header of ${length} bytes`);
      const from = body.position;
      body.skip(length);
      this.#elided.push(Buffer.from(body.bytes.subarray(from, body.position)));
    }
  }

  #stream(body: NutReader): void {
    if (!this.#codes) throw new NutError('a stream before the main header');
    const id = body.number();
    const kind = body.number();
    if (id !== 0 || kind !== 0) throw new NutError(`stream ${id} of kind ${kind}, wanted one of video`);
    body.skip(body.number()); // fourcc
    this.#timeBase = body.number();
    const timeBase = this.#timeBases[this.#timeBase];
    if (!timeBase) throw new NutError('a time base that is not there');
    this.#ptsShift = body.number();
    if (this.#ptsShift > 30) throw new NutError(`pts of ${this.#ptsShift} low bits`);
    body.number(); // max_pts_distance
    body.number(); // decode_delay
    body.number(); // stream_flags
    body.skip(body.number()); // codec_specific_data
    const widthPx = body.number();
    const heightPx = body.number();
    if (widthPx < 1 || heightPx < 1 || widthPx * heightPx > MAX_PICTURE_BYTES)
      throw new NutError(`a picture of ${widthPx}x${heightPx}`);
    if (this.#ready) return; // headers may be repeated
    this.#ready = true;
    this.#handler.stream({ widthPx, heightPx, timeBase });
  }

  #syncPoint(body: NutReader): void {
    if (!this.#ready) throw new NutError('a sync point before the headers');
    const key = body.number();
    const from = this.#timeBases[key % this.#timeBases.length]!;
    const to = this.#timeBases[this.#timeBase]!;
    const ticks = Math.floor(key / this.#timeBases.length);
    this.#lastPts = Math.floor((ticks * from.numerator * to.denominator) / (from.denominator * to.numerator));
  }

  #frame(reader: NutReader): void {
    const code = this.#codes![reader.byte()]!;
    let flags = code.flags;
    if (flags & INVALID) throw new NutError('an invalid frame code');
    if (flags & CODED_FLAGS) flags ^= reader.number();
    const stream = flags & STREAM_ID ? reader.number() : code.stream;
    if (stream !== 0) throw new NutError(`a frame of stream ${stream}`);
    let pts = this.#lastPts + code.ptsDelta;
    if (flags & CODED_PTS) pts = this.#fullPts(reader.number());
    let sizeBytes = code.sizeLsb;
    if (flags & SIZE_MSB) sizeBytes += code.sizeMul * reader.number();
    if (flags & MATCH_TIME) reader.signed();
    const header = this.#elided[flags & HEADER_INDEX ? reader.number() : code.header];
    if (!header) throw new NutError('an elided header that is not there');
    const reserved = flags & RESERVED ? reader.number() : code.reserved;
    if (reserved > 16) throw new NutError(`${reserved} reserved fields`);
    for (let index = 0; index < reserved; index++) reader.number();
    if (flags & CHECKSUM) reader.skip(4);
    if (flags & SIDE_DATA) throw new NutError('a frame with side data');
    if (sizeBytes < header.length || sizeBytes > MAX_PICTURE_BYTES)
      throw new NutError(`a picture of ${sizeBytes} bytes`);
    this.#lastPts = pts;
    const data = uncleared(sizeBytes);
    data.set(header);
    this.#filling = { pts, data, filled: header.length };
  }

  /** lsb2full of the specification: the time nearest to the last one that has these low bits. */
  #fullPts(coded: number): number {
    const range = 2 ** this.#ptsShift;
    if (coded >= range) return coded - range;
    const from = this.#lastPts - Math.floor((range - 1) / 2);
    const ahead = (((coded - from) % range) + range) % range;
    return from + ahead;
  }

  /** Copies into the picture what belongs to it, and gives back the rest. */
  #fill(bytes: Buffer): Buffer {
    const filling = this.#filling!;
    const taken = Math.min(bytes.length, filling.data.length - filling.filled);
    filling.data.set(bytes.subarray(0, taken), filling.filled);
    filling.filled += taken;
    if (filling.filled === filling.data.length) {
      this.#filling = undefined;
      this.#handler.picture({ pts: filling.pts, data: filling.data });
    }
    return bytes.subarray(taken);
  }
}

function startcodeBytes(startcode: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(startcode);
  return bytes;
}
