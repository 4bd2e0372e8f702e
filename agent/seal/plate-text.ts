// The text of a plate beside its sealed record, so that a search over a year of reads need not open every payload.
//
// One block of AES-256 each: ten characters and six random bytes. The random bytes lie inside the block, so two reads of
// the same plate look unrelated (the chance that they do not is 2^-48 a pair), and a thief learns nothing from what a
// keyed hash would give away: which passages were of one vehicle. Blocks are independent of each other, so half a million
// are opened in one call; a cipher object for each would cost ten seconds. A block only finds candidates:
// what is shown comes out of the payload, which is authenticated.

import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { BoxKey } from './keys.ts';

export const TEXT_BLOCK_BYTES = 16;
const MAX_CHARACTERS = 10;
/** no character of a plate: the text did not fit, so only the payload knows it */
const TOO_LONG = 0xff;
const ALGORITHM = 'aes-256-ecb';

export function lockText(key: BoxKey, text: string): Buffer {
  const plain = Buffer.alloc(TEXT_BLOCK_BYTES);
  randomFillSync(plain, MAX_CHARACTERS);
  const fits = /^[ -~]*$/.test(text) && text.length <= MAX_CHARACTERS;
  if (fits) plain.write(text, 'latin1');
  else plain[0] = TOO_LONG;
  const cipher = createCipheriv(ALGORITHM, key.secretFor('text'), null).setAutoPadding(false);
  return cipher.update(plain);
}

/** The texts of blocks put one after the other; null for one that only the payload knows. */
export function unlockTexts(key: BoxKey, blocks: Uint8Array): (string | null)[] {
  const decipher = createDecipheriv(ALGORITHM, key.secretFor('text'), null).setAutoPadding(false);
  const plain = decipher.update(blocks);
  return Array.from({ length: plain.length / TEXT_BLOCK_BYTES }, (_, index) => {
    const at = index * TEXT_BLOCK_BYTES;
    if (plain[at] === TOO_LONG) return null;
    const text = plain.toString('latin1', at, at + MAX_CHARACTERS);
    const end = text.indexOf('\0');
    return end < 0 ? text : text.slice(0, end);
  });
}
