// HMAC-SHA-256 of short texts under one key: the index of a list. A read is looked up under 128 texts, and node:crypto makes
// an object with native memory for each: 0.31 ms and most of a look-up's garbage, against 0.08 ms and none here, because the
// two blocks of the key are taken in once (RFC 2104, 4; FIPS 180-4, 6.2.2). The test holds it to node:crypto's.

const BLOCK_BYTES = 64;
/** bytes of a text: with the mark and the length it has to fit in one block */
export const MOST_BYTES = 55;

/** Fractions of the cube roots (and, for the start, the square roots) of the first primes. */
const PRIMES: number[] = [];
for (let number = 2; PRIMES.length < 64; number++)
  if (PRIMES.every((prime) => number % prime !== 0)) PRIMES.push(number);
const fraction = (value: number) => Math.floor((value - Math.floor(value)) * 2 ** 32);
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const words = new Int32Array(64);
const inner = new Int32Array(8);
const outer = new Int32Array(8);

/** The first 48 bits of the text's HMAC. The text is ASCII, of at most `MOST_BYTES`. */
export type KeyedHash = (text: string) => number;

/** @param key at most 64 bytes */
export function keyedHash(key: Uint8Array): KeyedHash {
  if (key.byteLength > BLOCK_BYTES) throw new RangeError(`wanted a key of at most ${BLOCK_BYTES} bytes`);
  const insideKey = keyState(key, 0x36);
  const outsideKey = keyState(key, 0x5c);
  return (text) => {
    const { length } = text;
    if (length > MOST_BYTES) throw new RangeError(`wanted at most ${MOST_BYTES} characters, found ${length}`);
    words.fill(0, 0, 16);
    for (let at = 0; at < length; at++) words[at >> 2]! |= text.charCodeAt(at) << (24 - 8 * (at & 3));
    endBlock(length);
    compress(insideKey, inner);
    words.fill(0, 8, 16);
    words.set(inner);
    endBlock(32);
    compress(outsideKey, outer);
    return (outer[0]! >>> 0) * 2 ** 16 + (outer[1]! >>> 16);
  };
}

function keyState(key: Uint8Array, pad: number): Int32Array {
  words.fill(0, 0, 16);
  for (let at = 0; at < BLOCK_BYTES; at++) words[at >> 2]! |= ((key[at] ?? 0) ^ pad) << (24 - 8 * (at & 3));
  const state = new Int32Array(8);
  compress(START, state);
  return state;
}

/** The mark after `length` bytes, and how long it all is with the key's block before it. */
function endBlock(length: number): void {
  words[length >> 2]! |= 0x80 << (24 - 8 * (length & 3));
  words[15] = (BLOCK_BYTES + length) * 8;
}

const turned = (value: number, by: number) => (value >>> by) | (value << (32 - by));

/** One block, from the first 16 of `words`. Written out plainly: it is most of what a look-up costs. */
function compress(from: Int32Array, to: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const early = words[t - 15]!;
    const late = words[t - 2]!;
    const low = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const high = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[t] = (words[t - 16]! + low + words[t - 7]! + high) | 0;
  }
  let a = from[0]!;
  let b = from[1]!;
  let c = from[2]!;
  let d = from[3]!;
  let e = from[4]!;
  let f = from[5]!;
  let g = from[6]!;
  let h = from[7]!;
  for (let t = 0; t < 64; t++) {
    const one = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + one + (g ^ (e & (f ^ g))) + ROUNDS[t]! + words[t]!) | 0;
    const zero = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const second = (zero + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  to[0] = from[0]! + a;
  to[1] = from[1]! + b;
  to[2] = from[2]! + c;
  to[3] = from[3]! + d;
  to[4] = from[4]! + e;
  to[5] = from[5]! + f;
  to[6] = from[6]! + g;
  to[7] = from[7]! + h;
}
