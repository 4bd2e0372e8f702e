// The certificate request of a box (PKCS#10, RFC 2986): its public key, its name, and what the certificate is for, signed
// with the private key that it proves to have.

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Address } from '../contract/index.ts';
import { AnprError } from '../shared/errors.ts';
import { bits, context, octets, oid, sequence, setOf, smallInteger, text, yes } from './der.ts';

const OID = {
  commonName: '2.5.4.3',
  extensionRequest: '1.2.840.113549.1.9.14',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
};
/** ub-common-name of RFC 5280, A.1; OpenSSL refuses longer ones */
const MAX_NAME_CHARACTERS = 64;
/** KeyUsage with digitalSignature alone: the highest of eight bits, seven unused (RFC 5280, 4.2.1.3) */
const DIGITAL_SIGNATURE = bits(Buffer.of(0x80), 7);

/**
 * The common name of a box's certificate, `site/box`: what stands behind `anpr/1/` in its topics, so that a broker can derive
 * from it what the box may do. Ids have no `/`, so no two boxes share one.
 * @throws {AnprError} `enrol.name` when it is longer than a certificate allows
 */
export function nameOf({ site, box }: Address): string {
  const name = `${site}/${box}`;
  if (name.length > MAX_NAME_CHARACTERS)
    throw new AnprError(
      'enrol.name',
      `wanted a name "site/box" of at most ${MAX_NAME_CHARACTERS} characters for the certificate, found ${name.length}: ${name}`,
      'Give the site or the box a shorter id in the configuration.',
    );
  return name;
}

/** P-256: every broker and every authority knows it. */
export function newPrivateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

/** PEM. @throws {AnprError} `enrol.name` */
export function requestOf(address: Address, privateKey: KeyObject): string {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const name = sequence(setOf(sequence(oid(OID.commonName), text(nameOf(address)))));
  const extensions = sequence(
    sequence(oid(OID.keyUsage), yes(), octets(DIGITAL_SIGNATURE)),
    sequence(oid(OID.extendedKeyUsage), octets(sequence(oid(OID.clientAuth)))),
  );
  const attributes = context(0, sequence(oid(OID.extensionRequest), setOf(extensions)));
  const version = smallInteger(0);
  const signed = sequence(version, name, publicKey, attributes);
  const signature = sign('sha256', signed, privateKey);
  return pemOf('CERTIFICATE REQUEST', sequence(signed, sequence(oid(OID.ecdsaWithSha256)), bits(signature)));
}

function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
