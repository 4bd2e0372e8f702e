// Watchlists: how each is matched, what its source calls the columns, who may publish it.

import { z } from 'zod';
import { id } from './parts.ts';

const columnName = z.string().min(1).max(100);

export const watchlistSchema = z.strictObject({
  id: id.describe('name of the list in commands, messages and hits'),
  kind: z
    .enum(['alert-if-listed', 'alert-if-absent'])
    .default('alert-if-listed')
    .describe('whether a plate that is on the list raises a hit, or one that is not'),
  priority: z.int().min(1).max(9).default(5).describe('1 is the most urgent; an entry may have its own'),
  source: z.string().max(200).optional().describe('who publishes the list; an entry may have its own'),
  reason: z.string().max(500).optional().describe('why its plates are looked for; an entry may have its own'),
  instruction: z
    .string()
    .max(500)
    .optional()
    .describe('what whoever meets one is to do; an entry may have its own'),
  expectedPer10000: z
    .number()
    .gt(0)
    .max(9999)
    .default(1)
    .describe('of 10,000 passages at this box about so many are of a plate on the list'),
  cameras: z
    .array(id)
    .min(1)
    .optional()
    .describe('only what these cameras read is held against the list; default: what all read'),
  silenceSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(300)
    .describe(
      'after a hit of an entry another passage of it raises none for so long; 0: each passage raises one',
    ),
  match: z
    .strictObject({
      policy: z
        .enum(['probability', 'differences'])
        .default('probability')
        .describe(
          'probability: what the camera saw decides; differences: so many characters may differ, as other platforms have it',
        ),
      lengths: z
        .array(
          z.strictObject({
            length: z.int().min(2).max(12).describe('characters of the read'),
            differences: z
              .union([z.literal(0), z.literal(1)])
              .default(0)
              .describe('characters that may be other ones, missing or too many'),
            lookAlikes: z
              .int()
              .min(0)
              .max(2)
              .default(1)
              .describe('characters that may be ones that look alike'),
          }),
        )
        .optional()
        .describe('policy differences, by length; a length that is not there has to match exactly'),
    })
    .prefault({})
    .describe('how a read is held against the list'),
  bestBeforeDays: z
    .number()
    .gt(0)
    .optional()
    .describe('a version older than this still works, and says that it is overdue'),
  keepDays: z
    .number()
    .gt(0)
    .optional()
    .describe(
      'a version older than this counts no more and is removed; default: it stays until the next one',
    ),
  publishers: z
    .array(id)
    .optional()
    .describe('who may publish the list over MQTT; default: every one of watchlists.publishers; []: nobody'),
  columns: z
    .strictObject({
      plate: columnName
        .default('plate')
        .describe('the plate, exact or with ? and *; the only column that must be there'),
      country: columnName.default('country').describe("the country's sign as on the plate; empty: any"),
      from: columnName.default('from').describe('first day or moment'),
      to: columnName.default('to').describe('last day, or the moment after it'),
      days: columnName.default('days').describe('days of the week: mon-fri'),
      hours: columnName.default('hours').describe('hours of the day: 22:00-06:00'),
      zones: columnName
        .default('zones')
        .describe('names of zones, where the entry counts only there (watchlists.zones)'),
      priority: columnName.default('priority').describe('1 to 9'),
      reason: columnName.default('reason').describe('why it is looked for'),
      instruction: columnName.default('instruction').describe('what is to be done'),
      source: columnName.default('source').describe('who asks'),
      reference: columnName.default('reference').describe("the source's own name of the entry"),
      action: columnName.default('action').describe('in a delta: add (or empty) or remove'),
    })
    .prefault({})
    .describe("what the source's files call each column"),
  ignoreColumns: z
    .array(columnName)
    .default([])
    .describe("columns of the source's files that are left out; any other unknown one refuses the file"),
  delimiter: z.enum([',', ';', '\t']).default(',').describe('what separates the fields of a CSV file'),
});

export const watchlists = z
  .strictObject({
    directory: z.string().default('/var/lib/anpr/watchlists').describe('folder for the lists, sealed'),
    lists: z.array(watchlistSchema).default([]).describe('the lists that this box knows'),
    zones: z
      .array(id)
      .default([])
      .describe('the zones that this box lies in: entries for other zones do not count here'),
    publishers: z
      .array(
        z.strictObject({
          name: id.describe('of whoever publishes lists'),
          publicKey: z
            .string()
            .regex(/^[A-Za-z0-9+/]{43}=$/, 'an Ed25519 public key: 32 bytes in base64')
            .describe('what its manifests are signed with (Ed25519, base64)'),
        }),
      )
      .default([])
      .describe('whose lists are taken over MQTT; several keys may have one name'),
  })
  .prefault({})
  .describe('plates that are looked for, or permitted');
