// How a watchlist is published: a retained, signed manifest for each list, and the parts it names. A manifest offers a
// version whole, or as what has changed since another version, or both; a box takes what fits what it has.

import { z } from 'zod';
import { address, id, isoTime, range, schemaVersion, sha256 } from './parts.ts';

/** So much of a part goes over the wire: an update outlives a link that never holds for long. */
export const MAX_PART_BYTES = 256 * 1024;
/** So much may come out of a part: what unpacks to more was made to harm. */
export const MAX_PLAIN_BYTES = 4 * 1024 * 1024;
export const MAX_PARTS = 4096;
export const MAX_ROWS = 20_000_000;
/** What a box reads of a manifest at most. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

const version = z.int().positive();
const text = z.string().max(500);

/** A line of a list's content; only the plate has to be there. */
export const watchlistRow = z
  .object({
    action: z
      .enum(['add', 'remove'])
      .optional()
      .describe(
        'in a delta. add (default): the entry is new, or takes the place of the one with the same plate, country and validity, ' +
          'or with the same plate, country and reference; remove: every entry of that plate goes, where the row names a country or a reference only those with it',
      ),
    plate: z
      .string()
      .max(40)
      .describe('as on the vehicle; separators do not count; ? for one character, * for any number'),
    country: z.string().max(3).optional().describe("the country's sign as on the plate; default: any"),
    from: z.string().max(40).optional().describe('first day (2026-11-22) or moment (ISO 8601)'),
    to: z.string().max(40).optional().describe('last day, or the moment after it'),
    days: z.string().max(40).optional().describe('days of the week: mon-fri'),
    hours: z.string().max(20).optional().describe("hours of the day on the box's clock: 22:00-06:00"),
    zones: text.optional().describe('names of zones, separated by commas; default: everywhere'),
    priority: z.string().max(1).optional().describe('1 (most urgent) to 9; default: as the box is told'),
    reason: text.optional().describe('why it is looked for'),
    instruction: text.optional().describe('what whoever meets it is to do'),
    source: text.optional().describe('who asks'),
    reference: text.optional().describe("the source's own name of the entry"),
  })
  .describe("One line of a list's content (JSON Lines): one entry, or its end");

export type WatchlistRow = z.infer<typeof watchlistRow>;

export const watchlistPart = z.object({
  sizeBytes: z.int().positive().max(MAX_PART_BYTES).describe('as sent'),
  plainBytes: z.int().positive().max(MAX_PLAIN_BYTES).describe('unpacked'),
  sha256: sha256.describe('of the part as sent'),
});

export const watchlistContent = z.object({
  base: z
    .object({ version, listSha256: sha256 })
    .nullable()
    .describe('null: the whole list; else: what has changed since this version'),
  rows: z.int().min(0).describe(`a box takes ${MAX_ROWS} at most`),
  parts: z
    .array(watchlistPart)
    .max(MAX_PARTS)
    .describe(
      'each a gzip stream of its own; unpacked and put together they are JSON Lines (watchlistRow). Topic …/{n}, of a delta ' +
        '…/{base version}-{n}, n from 1',
    ),
});

export const watchlistManifest = z
  .object({
    schema: schemaVersion,
    type: z.literal('watchlist'),
    list: id,
    version: version.describe('grows with each publication; a box never goes back'),
    listSha256: sha256.describe(
      'of the whole list at this version, unpacked: names it as the base of a delta',
    ),
    publishedAt: isoTime,
    bestBefore: isoTime.nullable().describe('from then on it still works, and says that it is overdue'),
    expiresAt: isoTime.nullable().describe('from then on it no longer counts, and boxes remove it'),
    contents: z.array(watchlistContent).min(1).max(8),
    keyId: z.string().describe("first 8 bytes of the SHA-256 of the publisher's public key, hex"),
    signature: z
      .string()
      .describe('Ed25519 over the canonical manifest (RFC 8785) without this member, base64'),
  })
  .describe('What is published of a list. Retained');

export type WatchlistManifest = z.infer<typeof watchlistManifest>;
export type WatchlistContent = z.infer<typeof watchlistContent>;

/** So many ranges fit into a request. */
export const MAX_WANTED = 500;

export const wantMessage = z
  .object({
    schema: schemaVersion,
    type: z.literal('want'),
    ...address,
    at: isoTime,
    list: id,
    version,
    base: version.nullable().describe('of which content: null the whole list, else the delta from there'),
    parts: z
      .array(range)
      .max(MAX_WANTED)
      .describe(
        'ranges [from, to] of parts; none: the manifest does not offer this content, and the box needs it',
      ),
  })
  .describe('Asks the publisher for parts that did not come from the broker');

export type WantMessage = z.infer<typeof wantMessage>;

/** So many bad rows are named in the status. */
export const MAX_NAMED_ROWS = 10;

/** What a box says of a list in its status. */
export const watchlistStatus = z.object({
  list: id,
  state: z
    .enum(['in-force', 'overdue', 'none', 'damaged'])
    .describe('overdue: past its best-before, it works on; none: never came, or has expired and was removed'),
  version: version.nullable(),
  entries: z.int().nullable().describe('that name one plate'),
  patterns: z.int().nullable().describe('with ? or *'),
  publishedAt: isoTime.nullable(),
  importedAt: isoTime.nullable().describe('when the box took it over'),
  bestBefore: isoTime.nullable(),
  expiresAt: isoTime.nullable(),
  leftOut: z.int().nullable().describe('rows of it that could not be taken'),
  badRows: z
    .array(z.object({ line: z.int(), reason: z.string() }))
    .max(MAX_NAMED_ROWS)
    .describe('the first of them, by line and reason; never what stood there'),
  incoming: z
    .object({ version, parts: z.int(), received: z.int(), delta: z.boolean() })
    .nullable()
    .describe('a version on its way'),
  refused: z
    .object({ version: version.nullable(), code: z.string(), message: z.string(), at: isoTime })
    .nullable()
    .describe('the newest publication that was not taken over, and why; what was in force stays'),
});

export type WatchlistStatus = z.infer<typeof watchlistStatus>;
