// A password and a private key under lock: text that opens with the keys of the box alone, each as what it is.

import { test } from 'tap';
import {
  isSealedPassword,
  isSealedPrivateKey,
  newRing,
  openPrivateKey,
  openRing,
  rotatedRing,
  sealPassword,
  sealPrivateKey,
  usablePassword,
} from '../../agent/seal/index.ts';

const never = () => {
  throw new Error('the keys were asked for');
};

test('a password comes out as it went in, with these keys and after a rotation', (t) => {
  const ring = newRing();
  for (const password of ['secret', ' spaces and ünïcode ', 'x'.repeat(500), '-----BEGIN']) {
    const text = sealPassword(openRing(ring).current, password);
    t.ok(isSealedPassword(text));
    t.notOk(text.split('\n').slice(1, -2).join('\n').includes(password));
    t.equal(
      usablePassword(text.trimEnd(), () => ring),
      password,
    );
    t.equal(
      usablePassword(text, () => rotatedRing(ring)),
      password,
    );
    t.throws(() => usablePassword(text, newRing), { code: 'seal.key-lost' });
  }
  t.end();
});

test('what was written by hand is taken as it is, and no keys are asked for', (t) => {
  for (const text of ['secret', '', '-----BEGIN ANPR SEALED PASSWORD-----'])
    t.equal(usablePassword(text, never), text);
  t.end();
});

test('a changed text does not open, and neither kind passes for the other', (t) => {
  const ring = newRing();
  const text = sealPassword(openRing(ring).current, 'secret');
  const changed = text.replace(/\n([^-])/, (_, first) => `\n${first === 'A' ? 'B' : 'A'}`);
  t.throws(() => usablePassword(changed, () => ring), { code: /^seal\./ });
  const key = sealPrivateKey(openRing(ring).current, 'pem');
  t.notOk(isSealedPassword(key));
  t.notOk(isSealedPrivateKey(text));
  const disguised = key.replaceAll('PRIVATE KEY', 'PASSWORD');
  t.throws(() => usablePassword(disguised, () => ring), { code: 'seal.broken' });
  t.throws(() => openPrivateKey(openRing(ring), text), { code: 'seal.broken' });
  t.end();
});
