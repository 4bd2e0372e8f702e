// Keys against the test vectors of RFC 8032 (7.1), and what a box derives from its one secret.

import { sign, verify } from 'node:crypto';
import { test } from 'tap';
import {
  canonical,
  isSigned,
  keyIdOf,
  newRing,
  openRing,
  parseRing,
  publicKeyOf,
  rotatedRing,
} from '../../agent/seal/index.ts';
import { boxKeyOf, privateKeyOf, rawPublicKeyOf } from '../../agent/seal/keys.ts';

const vectors = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

test('RFC 8032, 7.1: raw keys in, the signatures of the RFC out', async (t) => {
  for (const { seed, publicKey, message, signature } of vectors) {
    const key = privateKeyOf(Buffer.from(seed, 'hex'));
    t.equal(rawPublicKeyOf(key).toString('hex'), publicKey);
    const signed = sign(null, Buffer.from(message, 'hex'), key);
    t.equal(signed.toString('hex'), signature);
    t.ok(verify(null, Buffer.from(message, 'hex'), publicKeyOf(Buffer.from(publicKey, 'hex')), signed));
  }
});

test("a signature is the text's and the key's: any change, and it is none", async (t) => {
  const key = boxKeyOf(Buffer.alloc(32, 1));
  const text = canonical({ seq: 1 });
  const signature = key.sign(text);
  const publicKey = publicKeyOf(key.publicKey);
  t.ok(isSigned(text, signature, publicKey));
  t.notOk(isSigned(canonical({ seq: 2 }), signature, publicKey));
  t.notOk(isSigned(text, signature, publicKeyOf(boxKeyOf(Buffer.alloc(32, 2)).publicKey)));
  t.notOk(isSigned(text, Buffer.from(signature, 'base64').fill(0, 0, 1).toString('base64'), publicKey));
  for (const nonsense of ['', 'x', `${signature}AAAA`])
    t.notOk(isSigned(text, nonsense, publicKey), nonsense);
});

test('one secret gives the same keys each time, and another key for each purpose', async (t) => {
  const [one, again, other] = [1, 1, 2].map((fill) => boxKeyOf(Buffer.alloc(32, fill)));
  t.equal(one!.id, again!.id);
  t.equal(one!.id, keyIdOf(one!.publicKey));
  t.match(one!.id, /^[0-9a-f]{16}$/);
  t.not(one!.id, other!.id);
  const purposes = ['record', 'picture', 'text', 'head'] as const;
  const secrets = [one!, other!].flatMap((key) => purposes.map((name) => key.secretFor(name).export()));
  t.equal(new Set(secrets.map((secret) => secret.toString('hex'))).size, 8);
});

test('a ring keeps the old keys, seals with the newest, and comes back from its text', async (t) => {
  const first = newRing(1);
  const second = rotatedRing(first, 2);
  const open = openRing(parseRing(JSON.stringify(second)));
  const [old] = openRing(first).ids;
  t.equal(open.ids.length, 2);
  t.not(open.current.id, old);
  t.equal(open.get(old!)?.id, old);
  t.equal(open.get('0123456789abcdef'), undefined);
});

test('a text that is no ring is refused, and nothing of it is said', async (t) => {
  const secret = Buffer.alloc(31, 7).toString('base64');
  const texts = ['', 'secret', '{"version":2,"keys":[]}', '{"version":1,"keys":[]}'];
  texts.push(JSON.stringify({ version: 1, keys: [{ createdAt: 1, secret }] }));
  for (const text of texts)
    try {
      parseRing(text);
      t.fail(text);
    } catch (error) {
      t.match(error, { code: 'seal.key' });
      t.notMatch((error as Error).message, /secret"|Bwc/);
    }
});
