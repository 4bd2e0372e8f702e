// The standard that a camera is measured against: config/acceptance.yaml, or a project office's own file.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { AnprError, messageOf } from '../shared/errors.ts';

const share = z.number().min(0).max(1);
const shareRule = { leastShare: share, marginShare: share };

export const evidences = ['motion', 'count', 'truth'] as const;
/** How passages that gave no read are known, the weakest first. */
export type CaptureEvidence = (typeof evidences)[number];

export const acceptanceSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(100),
  captured: z
    .strictObject({ ...shareRule, evidence: z.enum(evidences), mostBlindShare: share })
    .optional()
    .describe('of the vehicles with a plate to be read'),
  read: z
    .strictObject({ ...shareRule, sample: z.int().min(1).max(10_000) })
    .optional()
    .describe('of the captured ones, read exactly'),
  clock: z.strictObject({ mostOffsetMs: z.number().min(0) }).optional(),
  delivered: z
    .strictObject({ ...shareRule, mostMs: z.number().min(0) })
    .optional()
    .describe('from the last picture with the plate to the acknowledgement'),
  recording: z.strictObject({ minutes: z.number().gt(0).max(10_080), passages: z.int().min(1).max(100_000) }),
  pictures: z.strictObject({ samples: z.int().min(0).max(24) }),
});

export type AcceptanceStandard = z.infer<typeof acceptanceSchema>;

export interface Acceptance {
  standard: AcceptanceStandard;
  /** of the file's bytes, hex */
  sha256: string;
  file: string;
}

const OWN = fileURLToPath(new URL('../../config/acceptance.yaml', import.meta.url));

/**
 * The named file; else `acceptance.yaml` beside the configuration; else the one that comes with anpr.
 * @throws {AnprError} `usage.acceptance`
 */
export function loadAcceptance(named: string | undefined, configPath: string): Acceptance {
  const beside = join(dirname(configPath), 'acceptance.yaml');
  const file = named ?? (existsSync(beside) ? beside : OWN);
  const wrong = (what: string) =>
    new AnprError(
      'usage.acceptance',
      `${file} is no acceptance standard: ${what}`,
      `Compare it with ${OWN}.`,
    );
  let bytes: Buffer;
  let content: unknown;
  try {
    bytes = readFileSync(file);
    content = parse(bytes.toString('utf8'));
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const parsed = acceptanceSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`${issue!.path.join('.') || 'the file'}: ${issue!.message}`);
  }
  return { standard: parsed.data, sha256: createHash('sha256').update(bytes).digest('hex'), file };
}
