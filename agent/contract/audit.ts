// Records of who looked at what, and of the keys that the box signs with.

import { z } from 'zod';
import { isoTime, recordParts } from './parts.ts';

export const auditActions = [
  ...['key', 'reads', 'follow', 'show', 'snapshot', 'preview', 'export', 'audit'],
  ...['list', 'entries', 'erase'],
] as const;
export type AuditAction = (typeof auditActions)[number];

export const MAX_REASON_CHARACTERS = 500;

export const auditMessage = z
  .object({
    ...recordParts,
    type: z.literal('audit'),
    at: isoTime,
    audit: z.object({
      action: z
        .enum(auditActions)
        .describe(
          'key: a key is introduced, by the one before it; list: a watchlist got another version, or was removed; entries: somebody looked at the entries of a watchlist; erase: somebody erased the read that the filter names, and its hits and pictures; the others: what somebody looked at',
        ),
      who: z
        .object({
          uid: z.int().nullable(),
          proven: z.boolean().describe('the kernel says so; false: the command said so itself'),
          user: z.string().nullable().describe('name of the user, as the command said'),
          sudoUser: z.string().nullable().describe('who called sudo, as the command said'),
        })
        .nullable()
        .describe('null: the agent itself'),
      filter: z.record(z.string(), z.union([z.string(), z.number()])).describe('what was asked for'),
      reason: z
        .string()
        .max(MAX_REASON_CHARACTERS)
        .nullable()
        .optional()
        .describe('why, in their own words; null: they gave none'),
      rows: z.int().min(0).nullable().describe('how many records were given out; null: not known yet'),
      key: z
        .object({ id: z.string(), publicKey: z.string().describe('Ed25519, raw, base64') })
        .optional()
        .describe('the key that signs from here on'),
    }),
  })
  .describe('Who looked at what on the box, or which key it signs with: part of the same chain as the reads');

export type AuditMessage = z.infer<typeof auditMessage>;
export type AuditEntry = AuditMessage['audit'];
