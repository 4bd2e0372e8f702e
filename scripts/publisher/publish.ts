// Makes a version of a list out of rows, signs it and puts it onto the broker: parts first, then the manifest that names them,
// so that whoever hears of a version can have it.

import { sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { MqttClient } from 'mqtt';
import {
  CONTRACT_VERSION,
  partTopicOf,
  type WatchlistContent,
  type WatchlistManifest,
  watchlistTopicOf,
} from '../../agent/contract/index.ts';
import { signedText } from '../../agent/lists/index.ts';
import { keyIdOf, privateKeyOf, rawPublicKeyOf } from '../../agent/seal/index.ts';
import { type Cut, changesBetween, cut, hashOfLines, linesOf } from './content.ts';
import { openShelf, partName, type Shelf } from './shelf.ts';

export interface PublisherKey {
  id: string;
  /** Ed25519, raw, base64 */
  publicKey: string;
  sign(text: string): string;
}

const SEED_BYTES = 32;

/** @param seed 32 bytes */
export function publisherKey(seed: Buffer): PublisherKey {
  if (seed.byteLength !== SEED_BYTES) throw new Error(`wanted a key of ${SEED_BYTES} bytes in base64`);
  const privateKey = privateKeyOf(seed);
  const publicKey = rawPublicKeyOf(privateKey);
  return {
    id: keyIdOf(publicKey),
    publicKey: publicKey.toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
  };
}

export const readKey = (file: string): PublisherKey =>
  publisherKey(Buffer.from(readFileSync(file, 'utf8').trim(), 'base64'));

export function writeKey(file: string, seed: Buffer): PublisherKey {
  writeFileSync(file, `${seed.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return publisherKey(seed);
}

export interface VersionOptions {
  state: string;
  list: string;
  key: PublisherKey;
  lines: readonly string[];
  /** default: the one after the last one here */
  version?: number | undefined;
  bestBefore?: string | null;
  expiresAt?: string | null;
  maxPartBytes?: number | undefined;
  /** how many of the last versions boxes may have and be given changes to */
  deltas?: number;
  /** the whole list is not offered: boxes that need it ask */
  changesOnly?: boolean;
  now?: number;
}

/** Kept here so that the next ones can be given changes to them. */
const KEPT_VERSIONS = 4;
const DELTAS = 3;

/** Makes the next version on the publisher's disk. */
export function makeVersion(options: VersionOptions): WatchlistManifest {
  const { state, list, key, lines, maxPartBytes, deltas = DELTAS, now = Date.now() } = options;
  const shelf = openShelf(state, list);
  const before = shelf.versions();
  const last = before.at(-1) ?? 0;
  const version = options.version ?? last + 1;
  if (version <= last)
    throw new Error(`version ${last} of ${list} was published: wanted a higher one, found ${version}`);
  const whole = cut(lines, null, maxPartBytes);
  const changes = before.slice(-deltas).flatMap((base) => {
    const { listSha256 } = shelf.manifest(base);
    const changed = changesBetween(linesOf(shelf.parts(base)), lines);
    return changed ? [cut(changed, { version: base, listSha256 }, maxPartBytes)] : [];
  });
  const worth = changes.filter((delta) => bytesOf(delta) < bytesOf(whole) / 2).reverse();
  for (const { content, parts } of [whole, ...worth])
    for (const [index, part] of parts.entries()) shelf.put(version, partName(content.base, index + 1), part);
  const signed = (contents: WatchlistContent[]): WatchlistManifest => {
    const manifest = {
      schema: CONTRACT_VERSION,
      type: 'watchlist' as const,
      list,
      version,
      listSha256: hashOfLines(lines),
      publishedAt: new Date(now).toISOString(),
      bestBefore: options.bestBefore ?? null,
      expiresAt: options.expiresAt ?? null,
      contents,
      keyId: key.id,
    } satisfies Omit<WatchlistManifest, 'signature'>;
    return { ...manifest, signature: key.sign(signedText(manifest)) };
  };
  const all = signed([whole.content, ...worth.map(({ content }) => content)]);
  const some = options.changesOnly && worth.length > 0 ? signed(worth.map(({ content }) => content)) : all;
  shelf.put(version, 'whole.json', JSON.stringify(all));
  shelf.put(version, 'manifest.json', JSON.stringify(some));
  return some;
}

const bytesOf = ({ parts }: Cut) => parts.reduce((sum, part) => sum + part.byteLength, 0);

/** Parts in flight at a time. */
const WINDOW = 8;

export interface SendOptions {
  /** whether the broker keeps the parts; false: `serve` sends them to who asks */
  retain: boolean;
}

/** Puts the newest version onto the broker, and takes the parts of older ones off it. */
export async function sendVersion(
  client: MqttClient,
  state: string,
  list: string,
  { retain }: SendOptions,
): Promise<{ version: number; parts: number; bytes: number }> {
  const shelf = openShelf(state, list);
  const versions = shelf.versions();
  const version = versions.at(-1);
  if (version === undefined) throw new Error(`nothing of ${list} was made in ${state}`);
  const { contents } = shelf.manifest(version);
  let [count, bytes] = [0, 0];
  if (retain)
    for (const content of contents) {
      const sent = await sendParts(client, shelf, { list, version, content, retain });
      count += sent.count;
      bytes += sent.bytes;
    }
  await client.publishAsync(watchlistTopicOf(list), shelf.manifestText(version), { qos: 1, retain: true });
  for (const old of versions.filter((each) => each < version)) await takeBack(client, shelf, list, old);
  for (const old of versions.slice(0, -KEPT_VERSIONS)) shelf.remove(old);
  return { version, parts: count, bytes };
}

interface PartsOptions {
  list: string;
  version: number;
  content: WatchlistContent;
  retain: boolean;
  /** default: all */
  wanted?: (part: number) => boolean;
}

export async function sendParts(client: MqttClient, shelf: Shelf, options: PartsOptions) {
  const { list, version, content, retain, wanted = () => true } = options;
  const numbers = content.parts.map((_, index) => index + 1).filter(wanted);
  let bytes = 0;
  for (let at = 0; at < numbers.length; at += WINDOW)
    await Promise.all(
      numbers.slice(at, at + WINDOW).map(async (part) => {
        const payload = shelf.part(version, content.base, part);
        bytes += payload.byteLength;
        const topic = partTopicOf(list, version, content.base?.version ?? null, part);
        await client.publishAsync(topic, payload, { qos: 1, retain });
      }),
    );
  return { count: numbers.length, bytes };
}

/** An empty retained message takes back the one before (MQTT 5, 3.3.1.3). */
async function takeBack(client: MqttClient, shelf: Shelf, list: string, version: number): Promise<void> {
  for (const { base, parts } of shelf.manifest(version, 'whole.json').contents)
    await Promise.all(
      parts.map((_, index) =>
        client.publishAsync(partTopicOf(list, version, base?.version ?? null, index + 1), Buffer.alloc(0), {
          qos: 1,
          retain: true,
        }),
      ),
    );
}
