// Hits: a read, or a passage that is still open, that a watchlist speaks of. A hit is a series of records with one id: what
// raised it, what became of it when the passage ended, and what people made of it.

import { z } from 'zod';
import { readMessage } from './messages.ts';
import { address, id, isoTime, probability, recordParts, schemaVersion } from './parts.ts';

export const hitEvents = [
  'raised',
  'upheld',
  'withdrawn',
  'reminded',
  'acknowledged',
  'confirmed',
  'rejected',
  'closed',
] as const;
export type HitEvent = (typeof hitEvents)[number];

export const hitStates = ['new', 'acknowledged', 'confirmed', 'rejected', 'closed', 'withdrawn'] as const;
export type HitState = (typeof hitStates)[number];

/** Why people rejected a hit. */
export const rejectionCauses = ['wrong-plate', 'wrong-country', 'entry-outdated', 'other'] as const;
export type RejectionCause = (typeof rejectionCauses)[number];

export const hitActor = z.object({
  via: z.enum(['gateway', 'command', 'agent']).describe('gateway: cmd/hit; command: anpr hits, on the box'),
  name: z.string().nullable().describe('who, as the gateway or the system says; null: the agent itself'),
});
export type HitActor = z.infer<typeof hitActor>;

export const hitMatch = z.object({
  list: z.object({
    id,
    version: z.int().positive(),
    kind: z.enum(['alert-if-listed', 'alert-if-absent']),
    overdue: z.boolean().describe('the list is past its best-before, and still in force'),
  }),
  entry: z
    .object({
      plate: z.string().describe('as the list has it, with ? and * where it has them'),
      country: z.string().nullable().describe('null: any'),
      reference: z.string().nullable().describe("the source's own name of the entry"),
    })
    .nullable()
    .describe('null: the plate is on no entry of a list that alerts if absent'),
  source: z.string().nullable(),
  reason: z.string().nullable(),
  instruction: z.string().nullable().describe('what whoever meets it is to do'),
  probability: probability.describe('that the plate is the listed one, or, if absent, none of the listed'),
  policy: z.enum(['probability', 'differences']).describe('how the list is matched'),
  threshold: probability.nullable().describe('what the probability had to reach; null: another policy'),
  why: z.object({
    text: probability.describe('that the plate shows the text of the entry, before the list is known'),
    country: probability.describe("that it is of the entry's country"),
    weight: z.number().describe('how many times likelier it is here than another plate of that look'),
    differences: z.int().nullable().describe('characters that differ; policy differences only'),
  }),
});
export type HitMatch = z.infer<typeof hitMatch>;

/** What a hit says of the read: all that the read itself says. */
export const hitRead = readMessage.pick({
  capturedAt: true,
  clock: true,
  position: true,
  headingDegrees: true,
  plate: true,
  passage: true,
  picture: true,
  evidence: true,
  overview: true,
  software: true,
});
export type HitRead = z.infer<typeof hitRead>;

export const hitMessage = z
  .object({
    ...recordParts,
    type: z.literal('hit'),
    at: isoTime.describe('when it was raised, or when this became of it'),
    camera: id,
    hit: z.object({
      id: z.uuid().describe('the same in all its records: the id of the first'),
      readId: z.uuid().describe('the read; an early hit comes before it'),
      event: z
        .enum(hitEvents)
        .describe(
          'what this record tells. raised; upheld or withdrawn: what the end of the passage made of an early one; ' +
            'reminded: nobody acknowledged it in time; the others: what people made of it',
        ),
      state: z.enum(hitStates).describe('where the hit stands after it'),
      basis: z
        .enum(['passage', 'read'])
        .describe('passage: raised early, while the plate was still in sight'),
      priority: z.int().min(1).max(9).describe('1 is the most urgent'),
      raisedAt: isoTime,
      by: hitActor,
      cause: z.enum(rejectionCauses).nullable().describe('of a rejection'),
      note: z.string().nullable(),
      reminders: z.int().min(0).describe('so often it was sent again because nobody acknowledged it'),
    }),
    match: hitMatch.optional().describe('in raised, upheld and reminded'),
    read: hitRead.optional().describe('in raised, upheld and reminded; its pictures follow at once'),
  })
  .describe('A plate that a watchlist looks for, or does not permit: sent first');

export type HitMessage = z.infer<typeof hitMessage>;
/** A hit's record before the journal gave it its place and the uplink its lane. */
export type HitPayload = Omit<HitMessage, 'epoch' | 'seq' | 'lane' | 'connection' | 'seal'>;

/** A hit that the centre raised out of a read; no record of the box, so it has neither epoch nor seq. */
export const centralHitMessage = z
  .object({
    schema: schemaVersion,
    type: z.literal('centralHit'),
    id: z
      .uuid()
      .describe(
        'made of read, list and entry: who matches the same read again gives the same; drop what you know',
      ),
    ...address,
    at: isoTime.describe('when it was raised'),
    camera: id,
    origin: z.object({
      role: z.literal('generator').describe('the generator of the centre'),
      group: id.describe('generators that share the work have one name together'),
      instance: id.describe('which of them'),
    }),
    hit: hitMessage.shape.hit.pick({ readId: true, priority: true, raisedAt: true }).extend({
      id: z.uuid().describe("the message's id"),
      event: z.literal('raised'),
      state: z.literal('new'),
    }),
    match: hitMatch,
    read: hitRead.describe('as the box sent it; its pictures come from the box, on request'),
  })
  .describe('A read of a box that a list of the centre speaks of');
export type CentralHitMessage = z.infer<typeof centralHitMessage>;

export const hitActions = ['acknowledge', 'confirm', 'reject', 'close'] as const;
export type HitAction = (typeof hitActions)[number];

export const hitCommand = z
  .object({
    schema: schemaVersion,
    type: z.literal('command'),
    id: z.string().min(1).max(64).describe('chosen by who asks; the reply has it too'),
    command: z.literal('hit'),
    hit: z.uuid().describe('id of the hit'),
    action: z.enum(hitActions),
    by: z.string().min(1).max(200).describe('who decided it'),
    cause: z.enum(rejectionCauses).optional().describe('of a rejection; default: other'),
    note: z.string().max(1000).optional(),
  })
  .describe('What people made of a hit. The same again changes nothing and is answered the same');
export type HitCommand = z.infer<typeof hitCommand>;

export const hitResult = z.object({
  hit: z.uuid(),
  state: z.enum(hitStates).describe('where the hit stands now'),
});
