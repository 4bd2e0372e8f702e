// What is kept on the box, and for how long: records and pictures.

import { z } from 'zod';
import { OVERVIEWS } from './parts.ts';

export const journal = z
  .strictObject({
    path: z.string().default('/var/lib/anpr/journal.db').describe('SQLite file of the journal'),
    maxSizeMb: z
      .int()
      .min(20)
      .default(4000)
      .describe('size of the file at most (1 MB = 1,000,000 bytes); delivered records go first, hits last'),
    keepDeliveredDays: z
      .number()
      .min(0)
      .default(7)
      .describe('delivered records are kept for so long, for the centre to ask for again'),
    maxAgeDays: z
      .number()
      .min(1)
      .default(365)
      .describe('undelivered records older than this are removed and reported as a gap'),
  })
  .prefault({})
  .describe('where reads are kept until the centre has them');

export const evidence = z
  .strictObject({
    directory: z.string().default('/var/lib/anpr/evidence').describe('folder for the pictures'),
    maxSizeMb: z
      .int()
      .min(20)
      .default(12_000)
      .describe('size of all pictures at most (1 MB = 1,000,000 bytes); delivered ones go first'),
    keepDeliveredDays: z.number().min(0).default(7).describe('delivered pictures are kept for so long'),
    maxAgeDays: z
      .number()
      .min(1)
      .default(90)
      .describe('undelivered pictures older than this are removed and reported as a gap'),
    overview: z
      .enum(OVERVIEWS)
      .default('masked')
      .describe(
        'picture of the scene with each read: none; masked: only the lower part of its vehicle is clear; full: occupants and passers-by too',
      ),
    jpegQuality: z.int().min(30).max(100).default(85).describe('JPEG quality'),
  })
  .prefault({})
  .describe('the pictures of a read');
