// The few shapes of DER (X.690, 8.1 and 10) that a certificate request is made of. Pure: bytes in, bytes out.

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  sequence: 0x30,
  set: 0x31,
};
const CONTEXT_CONSTRUCTED = 0xa0;

type Bytes = Uint8Array;

export const sequence = (...parts: Bytes[]): Buffer => element(TAG.sequence, ...parts);
export const setOf = (...parts: Bytes[]): Buffer => element(TAG.set, ...parts);
export const octets = (bytes: Bytes): Buffer => element(TAG.octets, bytes);
export const text = (value: string): Buffer => element(TAG.text, Buffer.from(value));
export const yes = (): Buffer => element(TAG.boolean, Buffer.of(0xff));
/** `[number]`, constructed */
export const context = (number: number, ...parts: Bytes[]): Buffer =>
  element(CONTEXT_CONSTRUCTED | number, ...parts);

/** @param value 0 to 127 */
export const smallInteger = (value: number): Buffer => element(TAG.integer, Buffer.of(value));

/** @param unusedBits of the last byte */
export const bits = (bytes: Bytes, unusedBits = 0): Buffer => element(TAG.bits, Buffer.of(unusedBits), bytes);

/** @param dotted like 1.2.840.10045.4.3.2 */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift(0x80 | (rest % 128));
  return digits;
}

function element(tag: number, ...parts: Bytes[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.of(0x80 | digits.length, ...digits);
}
