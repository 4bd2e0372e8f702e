// The vectors that another language checks itself against are what the code makes, and the code accepts them.

import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { openRing, unlock, verifyRecords } from '../../agent/seal/index.ts';
import { sealVectors, vectorsFile } from '../../scripts/seal-vectors.ts';

const written = JSON.parse(readFileSync(vectorsFile, 'utf8'));

test('the file is what the code makes', async (t) => {
  t.same(written, sealVectors(), 'else: node scripts/seal-vectors.ts');
});

test('the records of the file are right, to the key of the file', async (t) => {
  const records = () =>
    written.records.map(({ message }: { message: Record<string, unknown> }) => ({
      where: 'vector',
      message,
    }));
  t.match(await verifyRecords({ records }, { keys: [written.derived.sign.publicKey] }), {
    ok: true,
    records: 2,
  });
});

test('the locked pieces of the file open', async (t) => {
  const secret = Buffer.from(written.secret, 'hex').toString('base64');
  const ring = openRing({ version: 1, keys: [{ createdAt: 0, secret }] });
  for (const { thing, plain, lockedHex } of written.locked)
    t.equal(unlock(ring, thing, Buffer.from(lockedHex, 'hex')).toString(), plain);
});
