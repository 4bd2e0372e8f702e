// The contract with the central platform, version 1: what each message carries. Types and the validator come from
// these schemas; fields are never removed or re-typed within a version.

import { z } from 'zod';
import { id, isoTime, probability, recordParts, schemaVersion } from './parts.ts';
import { watchlistStatus } from './watchlist.ts';

const point = z.tuple([z.number(), z.number()]);

/** Where the box's clock stood: a time stamp is only as good as this. */
export const clockState = z.object({
  synchronised: z.boolean().nullable().describe('null: this system does not tell'),
  offsetMs: z.number().nullable().describe('estimated distance from true time, when the system tells'),
});

export const readMessage = z.object({
  ...recordParts,
  type: z.literal('read'),
  camera: id,
  capturedAt: isoTime.describe('when the best picture was taken'),
  clock: clockState,
  position: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  headingDegrees: z.number().nullable().describe('where the camera looks, clockwise from north'),
  plate: z.object({
    text: z.string().regex(/^[A-Z0-9]+$/),
    country: z.string().describe('as on the plate (B, NL, …) or unknown'),
    countryConfidence: probability,
    confidence: probability.describe('probability that the whole text is right'),
    uncertain: z
      .boolean()
      .optional()
      .describe(
        'true: less sure than the box was told to be, worth a look by a person; absent: an older agent',
      ),
    lines: z.union([z.literal(1), z.literal(2)]),
    characters: z
      .array(z.array(z.object({ character: z.string().max(1), probability })))
      .describe('per position of text, most probable first; "" stands for no character'),
    alternatives: z.array(z.object({ text: z.string(), confidence: probability })),
  }),
  passage: z.object({
    firstSeen: isoTime,
    lastSeen: isoTime,
    framesUsed: z.int().positive(),
    direction: z.enum(['approaching', 'receding', 'stationary', 'unknown']),
    lane: z.string().nullable().describe('lane of the road, as configured'),
  }),
  picture: z.object({
    widthPx: z.int(),
    heightPx: z.int(),
    corners: z.tuple([point, point, point, point]).describe('top left, top right, bottom right, bottom left'),
  }),
  evidence: z.array(
    z.object({
      kind: z.enum(['plate', 'overview']),
      mediaType: z.literal('image/jpeg'),
      sizeBytes: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  overview: z
    .enum(['none', 'masked', 'full'])
    .optional()
    .describe(
      'what overviews of this camera may show: nothing is made, only the vehicle below its windscreen, everything',
    ),
  software: z.object({
    agent: z.string(),
    detector: z.object({ name: z.string(), sha256: z.string() }),
    straightener: z
      .object({ name: z.string(), sha256: z.string() })
      .optional()
      .describe('put the corners right; absent: nothing did, or an older agent'),
    reader: z.object({ name: z.string(), sha256: z.string() }),
  }),
});

export type ReadMessage = z.infer<typeof readMessage>;

/** A read before the journal gave it its place and the uplink its lane. */
export type ReadPayload = Omit<ReadMessage, 'epoch' | 'seq' | 'lane' | 'connection' | 'seal'>;

export const cameraStates = [
  'starting',
  'connecting',
  'streaming',
  'stalled',
  'refused',
  'failed',
  'stopped',
] as const;

export const statusMessage = z.object({
  schema: schemaVersion,
  type: z.literal('status'),
  site: id,
  box: id,
  at: isoTime.nullable().describe('null in the last will: the broker sends it, nobody knows when'),
  online: z.boolean(),
  agent: z.string().optional(),
  epoch: z.string().optional(),
  keys: z
    .array(z.object({ id: z.string(), publicKey: z.string().describe('Ed25519, 32 bytes, base64') }))
    .optional()
    .describe('keys that this box has signed with'),
  queue: z
    .object({
      pending: z.int().describe('records that wait to be sent'),
      sent: z.int().describe('acknowledged by the broker, not confirmed by a receipt'),
      dead: z.int().describe('dead letters'),
      oldestPendingAt: isoTime.nullable(),
    })
    .optional(),
  cameras: z.array(z.object({ id, state: z.enum(cameraStates), reason: z.string().nullable() })).optional(),
  watchlists: z.array(watchlistStatus).optional(),
});

export type StatusMessage = z.infer<typeof statusMessage>;
export type CameraState = (typeof cameraStates)[number];
