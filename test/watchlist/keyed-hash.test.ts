// The index's own HMAC-SHA-256 is HMAC-SHA-256.

import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'tap';
import { keyedHash, MOST_BYTES } from '../../agent/watchlist/keyed-hash.ts';

test('it gives the first 48 bits of what node:crypto gives, for every length and many keys', (t) => {
  let different = 0;
  for (let round = 0; round < 40; round++) {
    const key = randomBytes(round === 0 ? 64 : 32);
    const hash = keyedHash(key);
    for (let length = 0; length <= MOST_BYTES; length++) {
      const text = randomBytes(length)
        .toString('latin1')
        .replaceAll(/[^ -~]/g, '7');
      const wanted = createHmac('sha256', key).update(text).digest().readUIntBE(0, 6);
      if (hash(text) !== wanted) different++;
    }
  }
  t.equal(different, 0);
  // RFC 4231, test case 2
  t.equal(keyedHash(Buffer.from('Jefe'))('what do ya want for nothing?').toString(16), '5bdcc146bf60');
  t.throws(() => keyedHash(Buffer.from('k'))('A'.repeat(MOST_BYTES + 1)), RangeError);
  t.end();
});
