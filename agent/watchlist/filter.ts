// Which hashes a list may hold, in memory: a Bloom filter (Bloom 1970). A read is looked up under a hundred texts and more, of
// which a list holds one or none; nearly all of the others are answered without a page of the file.
// It says no more of a plate than the index of hashes beside it.

export interface HashFilter {
  bits: Uint8Array;
  /** bits looked at for each hash */
  looks: number;
}

/** sixteen bits and seven of them looked at: one in 1,400 passes wrongly; 10 MB for 5 million entries */
const BITS_AN_ENTRY = 16;
const LOOKS = 7;
/** a list of few entries has room for chance */
const LEAST_BYTES = 1024;
/** of filters that were written without their number of looks */
export const LOOKS_BEFORE = 5;

/** @param hashes whole numbers below 2^48, evenly spread */
export function buildFilter(count: number, hashes: Iterable<number>): HashFilter {
  const bytes = new Uint8Array(Math.max(LEAST_BYTES, Math.ceil((count * BITS_AN_ENTRY) / 8)));
  const size = bytes.length * 8;
  for (const hash of hashes) {
    let bit = hash % size;
    const step = stepOf(hash, size);
    for (let look = 0; look < LOOKS; look++) {
      bytes[bit >>> 3]! |= 1 << (bit & 7);
      bit = (bit + step) % size;
    }
  }
  return { bits: bytes, looks: LOOKS };
}

/** False: it does not hold it. */
export function mayHold({ bits, looks }: HashFilter, hash: number): boolean {
  const size = bits.length * 8;
  let bit = hash % size;
  // Two of three end here.
  if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
  const step = stepOf(hash, size);
  for (let look = 1; look < looks; look++) {
    bit = (bit + step) % size;
    if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** The part of the hash that did not choose the first bit (Kirsch and Mitzenmacher 2006). */
const stepOf = (hash: number, size: number) => (Math.floor(hash / size) % (size - 1)) + 1;
