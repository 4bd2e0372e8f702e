// The numbers and the table that NUT is made of, read off a buffer that may end anywhere. nut.ts knows what they mean.

export class NutError extends Error {
  override name = 'NutError';
}

/** The frame code that stands for a startcode instead. */
export const LETTER_N = 0x4e;
export const INVALID = 8192;

export interface FrameCode {
  flags: number;
  stream: number;
  sizeMul: number;
  sizeLsb: number;
  ptsDelta: number;
  reserved: number;
  header: number;
}

/** Thrown when the bytes at hand end in the middle of something; the parser waits for more. */
export const MORE = Symbol('more bytes wanted');

/** Reads numbers off one buffer; throws MORE at its end. */
export class NutReader {
  position = 0;
  readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined) throw MORE;
    this.position++;
    return value;
  }

  /** v: seven bits a byte, most significant first. */
  number(): number {
    let value = 0;
    for (let length = 0; length < 8; length++) {
      const byte = this.byte();
      value = value * 128 + (byte & 127);
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new NutError('a number of more than 53 bits');
  }

  /** s: signed, the lowest bit tells the sign. */
  signed(): number {
    const value = this.number() + 1;
    return value % 2 === 1 ? -(value - 1) / 2 : value / 2;
  }

  skip(count: number): void {
    if (this.position + count > this.bytes.length) throw MORE;
    this.position += count;
  }

  startcode(): bigint {
    if (this.position + 8 > this.bytes.length) throw MORE;
    this.position += 8;
    return this.bytes.readBigUInt64BE(this.position - 8);
  }
}

/** The main header's table: what each of the 256 frame codes stands for. */
export function frameCodes(body: NutReader): FrameCode[] {
  const codes: FrameCode[] = [];
  let ptsDelta = 0;
  let sizeMul = 1;
  let stream = 0;
  let header = 0;
  while (codes.length < 256) {
    const flags = body.number();
    const fields = body.number();
    if (fields > 64) throw new NutError(`${fields} fields of a frame code`);
    if (fields > 0) ptsDelta = body.signed();
    if (fields > 1) sizeMul = body.number();
    if (fields > 2) stream = body.number();
    const sizeFrom = fields > 3 ? body.number() : 0;
    const reserved = fields > 4 ? body.number() : 0;
    const count = fields > 5 ? body.number() : sizeMul - sizeFrom;
    if (fields > 6) body.signed(); // match
    if (fields > 7) header = body.number();
    for (let field = 8; field < fields; field++) body.number();
    if (count < 0 || count > 256) throw new NutError(`${count} frame codes at once`);
    for (let index = 0; index < count && codes.length < 256; index++) {
      if (codes.length === LETTER_N) {
        codes.push({
          flags: INVALID,
          stream: 0,
          sizeMul: 1,
          sizeLsb: 0,
          ptsDelta: 0,
          reserved: 0,
          header: 0,
        });
        index--;
        continue;
      }
      codes.push({ flags, stream, sizeMul, sizeLsb: sizeFrom + index, ptsDelta, reserved, header });
    }
  }
  return codes;
}
