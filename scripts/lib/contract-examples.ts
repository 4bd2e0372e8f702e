// One message of each channel, as it could have come: for the AsyncAPI document, and for the tests that hold old and new versions
// of the contract against each other. Hashes and signatures are made up, and are of the right form only.

import type { z } from 'zod';
import type { Channel, ChannelName, channels } from '../../agent/contract/index.ts';

type Content<C extends Channel> = C['schema'] extends z.ZodType
  ? z.input<C['schema']>
  : C extends { properties: z.ZodType }
    ? z.input<C['properties']>
    : never;

/** Of pictures the user properties; parts of lists are no JSON, and have none. */
export type Examples = { [name in Exclude<ChannelName, 'watchlistPart'>]: Content<(typeof channels)[name]> };

const READ_ID = '019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b';
const HIT_ID = '019aab12-3e01-7c22-9d10-5b6c7d8e9f00';
const box = { schema: 1, site: 'e19', box: 'north' } as const;
const place = (seq: number) => ({ epoch: '5f0c9a7e', seq, connection: 'c1d2e3' });
const at = '2026-11-22T13:07:56.640Z';
const sha256 = (digit: string) => digit.repeat(64);

const seen = {
  capturedAt: '2026-11-22T13:07:56.123Z',
  clock: { synchronised: true, offsetMs: 0.4 },
  position: { latitude: 51.2194, longitude: 4.4025 },
  headingDegrees: 90,
  plate: {
    ...{ text: '1ABC2', country: 'B', countryConfidence: 0.93, confidence: 0.97, uncertain: false, lines: 1 },
    characters: [
      [
        { character: '1', probability: 0.98 },
        { character: 'I', probability: 0.02 },
      ],
      ...['A', 'B', 'C', '2'].map((character) => [{ character, probability: 0.999 }]),
    ],
    alternatives: [{ text: 'IABC2', confidence: 0.02 }],
  },
  passage: {
    ...{ firstSeen: '2026-11-22T13:07:55.723Z', lastSeen: '2026-11-22T13:07:56.523Z', framesUsed: 9 },
    ...{ direction: 'approaching', lane: 'left' },
  },
  picture: {
    ...{ widthPx: 1920, heightPx: 1080 },
    corners: [
      [900, 600],
      [1100, 604],
      [1099, 650],
      [899, 646],
    ],
  },
  evidence: [
    { kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 4711, sha256: sha256('a') },
    { kind: 'overview', mediaType: 'image/jpeg', sizeBytes: 91_234, sha256: sha256('b') },
  ],
  overview: 'masked',
  software: {
    agent: '0.1.0',
    detector: { name: 'centre-v1', sha256: sha256('c') },
    reader: { name: 'crnn-v1', sha256: sha256('d') },
  },
} as const satisfies Partial<Examples['read']> as Pick<
  Examples['read'],
  | ('capturedAt' | 'clock' | 'position' | 'headingDegrees' | 'plate')
  | ('passage' | 'picture' | 'evidence' | 'overview' | 'software')
>;

const match: Examples['centralHit']['match'] = {
  list: { id: 'stolen', version: 412, kind: 'alert-if-listed', overdue: false },
  entry: { plate: '1ABC2', country: 'B', reference: '2026/4711' },
  ...{ source: 'police', reason: 'stolen', instruction: 'stop, armed', probability: 0.994 },
  ...{ policy: 'probability', threshold: 0.62 },
  why: { text: 0.97, country: 0.93, weight: 9.1, differences: null },
};

export const examples: Examples = {
  read: {
    ...{ ...box, type: 'read', id: READ_ID, ...place(4711), lane: 'live', camera: 'pole', ...seen },
    seal: {
      keyId: 'k-1',
      payloadHash: sha256('1'),
      previousHash: sha256('2'),
      signature: `${'A'.repeat(86)}==`,
    },
  },
  hit: {
    ...{ ...box, type: 'hit', id: HIT_ID, ...place(4712), lane: 'urgent', at, camera: 'pole' },
    hit: {
      ...{
        id: HIT_ID,
        readId: READ_ID,
        event: 'raised',
        state: 'new',
        basis: 'read',
        priority: 1,
        raisedAt: at,
      },
      ...{ by: { via: 'agent', name: null }, cause: null, note: null, reminders: 0 },
    },
    match,
    read: seen,
  },
  change: {
    ...{
      ...box,
      type: 'change',
      id: '019aab12-4000-7000-8000-000000000001',
      ...place(4713),
      lane: 'urgent',
      at,
    },
    change: { of: 'camera', name: 'pole', state: 'stalled', reason: 'no frame for 10 s' },
  },
  gap: {
    ...{
      ...box,
      type: 'gap',
      id: '019aab12-4000-7000-8000-000000000002',
      ...place(4714),
      lane: 'urgent',
      at,
    },
    gap: { what: 'records', epoch: '5f0c9a7e', from: 12, to: 40, count: 29, reason: 'dropped' },
  },
  audit: {
    ...{
      ...box,
      type: 'audit',
      id: '019aab12-4000-7000-8000-000000000003',
      ...place(4715),
      lane: 'urgent',
      at,
    },
    audit: {
      action: 'reads',
      who: { uid: 1000, proven: true, user: 'ann', sudoUser: null },
      filter: { plate: '1ABC2' },
      ...{ reason: 'case 2026/4711', rows: 3 },
    },
  },
  evidence: { lane: 'pictures', readId: READ_ID, kind: 'plate', sha256: sha256('a') },
  status: {
    ...{ ...box, type: 'status', at, online: true, agent: '0.1.0', epoch: '5f0c9a7e' },
    keys: [{ id: 'k-1', publicKey: `${'B'.repeat(43)}=` }],
    queue: { pending: 3, sent: 12, dead: 0, oldestPendingAt: '2026-11-22T13:07:50.000Z' },
    cameras: [{ id: 'pole', state: 'streaming', reason: null }],
    watchlists: [
      {
        ...{ list: 'stolen', state: 'in-force', version: 412, entries: 181_204, patterns: 12 },
        ...{ publishedAt: at, importedAt: at, bestBefore: '2026-11-29T13:00:00.000Z', expiresAt: null },
        ...{ leftOut: 1, badRows: [{ line: 77, reason: 'no plate' }], incoming: null, refused: null },
      },
    ],
  },
  health: {
    ...{ ...box, type: 'health', at, agent: '0.1.0', startedAt: '2026-11-20T06:00:00.000Z' },
    cameras: [
      {
        ...{ id: 'pole', state: 'streaming', fps: 12.5, framesTotal: 2_480_000, framesDroppedTotal: 12 },
        ...{ passagesTotal: 9120, readsTotal: 9084, lastReadAt: at, quiet: false },
      },
    ],
    journalLatency: { count: 9084, p50Ms: 5, p95Ms: 25 },
    deliveryLatency: { count: 9081, p50Ms: 50, p95Ms: 250 },
    queue: { pending: 3, sent: 12, dead: 0, oldestPendingSeconds: 6.6, waiting: 0 },
    certificates: [{ certificate: 'own', days: 71 }],
    computer: {
      ...{ temperatureCelsius: 51, memoryBytes: 412_000_000, diskFreeBytes: 48_000_000_000 },
      ...{ journalBytes: 310_000_000, clock: { synchronised: true, offsetMs: 0.4 } },
    },
  },
  receipt: {
    ...{ ...box, type: 'receipt', at, epoch: '5f0c9a7e', upTo: 4711 },
    holes: [
      [4702, 4703],
      [4709, 4709],
    ],
  },
  replay: { schema: 1, type: 'command', command: 'replay', id: '7', epoch: '5f0c9a7e', from: 100, to: 250 },
  evidenceRequest: {
    schema: 1,
    type: 'command',
    command: 'evidence',
    id: '8',
    readId: READ_ID,
    kinds: ['plate'],
  },
  hitCommand: {
    ...{ schema: 1, type: 'command', command: 'hit', id: '9', hit: HIT_ID, action: 'reject' },
    ...{ by: 'dispatcher 7', cause: 'wrong-plate', note: 'O is 0' },
  },
  centralHit: {
    ...{ ...box, type: 'centralHit', id: '5d3f1c2a-9b8e-5a47-8c6d-0e1f2a3b4c5d', at, camera: 'pole' },
    origin: { role: 'generator', group: 'national', instance: 'g1' },
    hit: {
      ...{ id: '5d3f1c2a-9b8e-5a47-8c6d-0e1f2a3b4c5d', readId: READ_ID, event: 'raised', state: 'new' },
      ...{ priority: 1, raisedAt: at },
    },
    match,
    read: seen,
  },
  reply: {
    ...{ ...box, type: 'reply', at, id: '7', command: 'replay', ok: true },
    result: { requeued: 149, missing: [[100, 101]] },
  },
  watchlist: {
    ...{
      schema: 1,
      type: 'watchlist',
      list: 'stolen',
      version: 412,
      listSha256: sha256('e'),
      publishedAt: at,
    },
    ...{ bestBefore: '2026-11-29T13:00:00.000Z', expiresAt: null },
    contents: [
      {
        base: { version: 411, listSha256: sha256('f') },
        rows: 310,
        parts: [{ sizeBytes: 9120, plainBytes: 41_200, sha256: sha256('0') }],
      },
    ],
    ...{ keyId: '0123456789abcdef', signature: `${'C'.repeat(86)}==` },
  },
  want: { ...box, type: 'want', at, list: 'stolen', version: 412, base: 411, parts: [[1, 1]] },
};
