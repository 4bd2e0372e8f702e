// A manifest as it came: whether it is one, and whether somebody signed it who may publish this list. What is signed is
// what came, members of later versions too.

import type { KeyObject } from 'node:crypto';
import { MAX_MANIFEST_BYTES, type WatchlistManifest, watchlistManifest } from '../contract/index.ts';
import { canonical, isSigned, keyIdOf, publicKeyOf } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';

export interface Publisher {
  name: string;
  /** Ed25519, raw, base64 */
  publicKey: string;
}

/** Public keys by id. */
export type Trusted = ReadonlyMap<string, KeyObject>;

/** @throws {AnprError} `seal.key` for what is no public key */
export function trusted(publishers: readonly Publisher[]): Trusted {
  return new Map(publishers.map(({ publicKey }) => [keyIdOf(publicKey), publicKeyOf(publicKey)]));
}

/**
 * @param list whose topic it came on
 * @throws {AnprError} `watchlist.manifest`, `watchlist.other-list`, `watchlist.unknown-publisher`, `watchlist.signature`
 */
export function readManifest(payload: Uint8Array, list: string, keys: Trusted): WatchlistManifest {
  const raw = parsed(payload);
  const result = watchlistManifest.safeParse(raw);
  if (!result.success) {
    const [first] = result.error.issues;
    const where = first?.path.join('.');
    throw notOne(`${where ? `${where}: ` : ''}${first?.message ?? 'wrong'}`);
  }
  const manifest = result.data;
  if (manifest.list !== list)
    throw new AnprError(
      'watchlist.other-list',
      `wanted a manifest of the list ${list} on its topic, found one of ${manifest.list}`,
      'Have it published on its own topic.',
    );
  const key = keys.get(manifest.keyId);
  if (!key)
    throw new AnprError(
      'watchlist.unknown-publisher',
      `version ${manifest.version} is signed with the key ${manifest.keyId}, which may not publish ${list} here`,
      'Compare watchlists.publishers with the key of the publisher.',
    );
  if (!isSigned(signedText(raw as Record<string, unknown>), manifest.signature, key))
    throw new AnprError(
      'watchlist.signature',
      `the signature of version ${manifest.version} is not that of the key ${manifest.keyId}: it was changed on its way, or is forged`,
      'Have it published again; if that does not help, find out who else may publish on this topic.',
    );
  return manifest;
}

/** What the publisher signs. */
export function signedText({ signature: _, ...rest }: Record<string, unknown>): string {
  return canonical(rest);
}

function parsed(payload: Uint8Array): unknown {
  if (payload.byteLength > MAX_MANIFEST_BYTES)
    throw notOne(`it has ${payload.byteLength} bytes, more than ${MAX_MANIFEST_BYTES}`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw notOne(`no JSON (${messageOf(error).slice(0, 60)})`);
  }
}

function notOne(why: string): AnprError {
  return new AnprError(
    'watchlist.manifest',
    `what was published is no manifest: ${why}`,
    'Have the list published again.',
  );
}
