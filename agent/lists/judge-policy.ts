// What to do with a manifest whose signature is right: take its version whole, take the changes, ask for the whole list, wait, or
// refuse. Pure.

import { MAX_ROWS, type WatchlistContent, type WatchlistManifest } from '../contract/index.ts';

/** What the box has of the list. */
export interface InForce {
  version: number;
  /** null: the version came from a file, and no delta fits it */
  listSha256: string | null;
}

export interface Situation {
  inForce: InForce | null;
  /** the highest version ever taken from a publisher; 0: none. It may be gone: expired, damaged */
  highest: number;
  /** UTC epoch milliseconds */
  now: number;
  /** bytes free where lists are kept */
  freeBytes: number;
  /** of the file in force, which a delta copies */
  inForceBytes: number;
  /** changes did not work out: only the whole list helps */
  wholeOnly: boolean;
  /** the version that expired here, and was removed; null: none did */
  ended: number | null;
}

export type Verdict =
  | { kind: 'same' }
  | { kind: 'take'; content: WatchlistContent }
  /** the manifest does not offer what this box needs */
  | { kind: 'ask' }
  | { kind: 'refuse'; code: string; message: string; again: boolean };

/** A box's clock may be off by so much before a date of the publisher's is taken for the future. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
/** of an entry in the box's file, generously: measured 99 (docs/benchmarks-watchlist.md) */
const BYTES_PER_ROW = 150;
/** stays free for the journal */
export const RESERVE_BYTES = 100_000_000;

export function judge(manifest: WatchlistManifest, situation: Situation): Verdict {
  const { version, listSha256, contents } = manifest;
  const { inForce, highest, now } = situation;
  const refuse = (code: string, message: string, again = false): Verdict => ({
    kind: 'refuse',
    code: `watchlist.${code}`,
    message,
    again,
  });
  if (inForce && version === inForce.version && listSha256 === inForce.listSha256) return { kind: 'same' };
  if (inForce && version === inForce.version)
    return refuse(
      'version-taken',
      `version ${version} was published, and another version ${version} is in force: publish it with a higher number`,
    );
  if (!inForce && situation.ended === version)
    return refuse('expired', `version ${version} has expired here, and was removed`);
  const newest = Math.max(inForce?.version ?? 0, highest);
  if (version < newest)
    return refuse(
      'version-back',
      `version ${version} was published, and this box has had ${newest}: lists do not go back; publish it with a higher number`,
    );
  const publishedAt = Date.parse(manifest.publishedAt);
  if (publishedAt > now + CLOCK_TOLERANCE_MS)
    return refuse(
      'clock',
      `version ${version} was published at ${manifest.publishedAt}, and this box's clock says ${new Date(now).toISOString()}: one of the clocks is wrong`,
      true,
    );
  if (manifest.expiresAt !== null && Date.parse(manifest.expiresAt) <= now)
    return refuse('expired', `version ${version} expired at ${manifest.expiresAt}`);
  const content = fitting(contents, inForce, situation.wholeOnly);
  if (!content) return { kind: 'ask' };
  if (content.rows > MAX_ROWS)
    return refuse('too-large', `version ${version} has ${content.rows} rows; wanted at most ${MAX_ROWS}`);
  const neededBytes = roomFor(content, situation.inForceBytes);
  if (neededBytes + RESERVE_BYTES > situation.freeBytes)
    return refuse(
      'no-room',
      `version ${version} needs ${megabytes(neededBytes)} MB beside the ${megabytes(RESERVE_BYTES)} MB that stay free; ${megabytes(situation.freeBytes)} MB are free`,
      true,
    );
  return { kind: 'take', content };
}

/** The changes where they fit what is there, else the whole list. */
function fitting(
  contents: readonly WatchlistContent[],
  inForce: InForce | null,
  wholeOnly: boolean,
): WatchlistContent | undefined {
  const whole = contents.find(({ base }) => base === null);
  if (wholeOnly || !inForce) return whole;
  const delta = contents.find(
    ({ base }) => base?.version === inForce.version && base.listSha256 === inForce.listSha256,
  );
  if (!delta || !whole) return delta ?? whole;
  return bytesOf(delta) < bytesOf(whole) ? delta : whole;
}

const bytesOf = ({ parts }: WatchlistContent): number =>
  parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Bytes for its parts and for the file that they become. */
function roomFor(content: WatchlistContent, inForceBytes: number): number {
  const copied = content.base === null ? 0 : inForceBytes;
  return bytesOf(content) + content.rows * BYTES_PER_ROW + copied;
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
