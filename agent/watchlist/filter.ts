// Which hashes a list may hold, in memory: a Bloom filter (Bloom 1970). A read is looked up under a hundred texts and more, of
// which a list holds one or none; with ten bits an entry 99 of 100 of the others are answered without a page of the file.
// It says no more of a plate than the index of hashes beside it.

/** ten bits and five of them looked at: one in a hundred passes wrongly */
const BITS_AN_ENTRY = 10;
const LOOKS = 5;

/** @param hashes whole numbers below 2^48, evenly spread */
export function buildFilter(count: number, hashes: Iterable<number>): Uint8Array {
  const bytes = new Uint8Array(Math.max(8, Math.ceil((count * BITS_AN_ENTRY) / 8)));
  const size = bytes.length * 8;
  for (const hash of hashes) {
    let bit = hash % size;
    const step = stepOf(hash, size);
    for (let look = 0; look < LOOKS; look++) {
      bytes[bit >>> 3]! |= 1 << (bit & 7);
      bit = (bit + step) % size;
    }
  }
  return bytes;
}

/** False: it does not hold it. */
export function mayHold(filter: Uint8Array, hash: number): boolean {
  const size = filter.length * 8;
  let bit = hash % size;
  const step = stepOf(hash, size);
  for (let look = 0; look < LOOKS; look++) {
    if ((filter[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
    bit = (bit + step) % size;
  }
  return true;
}

/** The part of the hash that did not choose the first bit (Kirsch and Mitzenmacher 2006). */
const stepOf = (hash: number, size: number) => (Math.floor(hash / size) % (size - 1)) + 1;
