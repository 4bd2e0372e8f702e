// The commissioning report as data: what is signed, what the page and the CSV are made of, and what a later report is
// compared with. Times are ISO 8601, shares 0..1. Version 1: fields are only added.

import { z } from 'zod';
import { acceptanceSchema, evidences } from './acceptance.ts';
import { verdicts } from './verdict-policy.ts';

export const REPORT_VERSION = 1;

const time = z.iso.datetime({ precision: 3 });
const nullable = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]).nullable().describe('95 % interval');
const whole = z.int().min(0);
const jpeg = z.string().describe('JPEG, base64');
const bar = z.object({ from: z.number(), to: z.number(), right: whole, wrong: whole, unchecked: whole });

export const criterionIds = ['captured', 'read', 'clock', 'delivered'] as const;
export type CriterionId = (typeof criterionIds)[number];

const criterion = z.object({
  id: z.enum(criterionIds),
  verdict: z.enum(verdicts).describe('undecided: too few passages to say; unmeasured: nothing was measured'),
  value: nullable.describe('share, or milliseconds for the clock'),
  limit: z.number(),
  margin: nullable,
  count: whole.nullable(),
  n: whole.nullable(),
  interval,
  needed: whole
    .nullable()
    .describe('undecided: passages that would pass with the same share; null: none would'),
  notes: z.array(z.string()).describe('keys of remarks, like too-busy'),
});

export const numberNames = [
  ...['width', 'tilt', 'skew', 'angle', 'sharpness', 'motion', 'contrast', 'white', 'burnt', 'black'],
  'exposure',
] as const;

export const contentSchema = z.object({
  report: z.literal('anpr-commission'),
  version: z.literal(REPORT_VERSION),
  id: z.uuid(),
  writtenAt: time,
  timeZone: z.string(),
  verdict: z.enum(['pass', 'fail', 'undecided']),
  site: z.string(),
  box: z.string(),
  camera: z.string(),
  position: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  headingDegrees: nullable,
  mounting: z.object({
    lens: z.string().nullable(),
    heightM: nullable,
    distanceM: nullable,
    note: z.string().nullable(),
  }),
  by: z.object({
    name: z.string(),
    company: z.string().nullable(),
    user: z.string().nullable().describe('account on the box'),
    sudoUser: z.string().nullable(),
  }),
  standard: acceptanceSchema.extend({ sha256: z.string() }),
  recording: z.object({
    from: time,
    to: time,
    seconds: z.number().describe('recorded, without interruptions'),
    interruptions: z.array(
      z.object({ from: time, to: time, state: z.string(), reason: z.string().nullable() }),
    ),
  }),
  passages: z.object({
    method: z.enum(evidences).describe('how passages that gave no read are known'),
    reads: whole,
    captured: whole,
    missed: whole,
    countTooLow: z.boolean(),
    checked: z.object({ right: whole, wrong: whole, 'no-plate': whole, again: whole, unreadable: whole }),
    moments: z
      .object({ found: whole, asked: whole, answered: whole, missed: whole })
      .describe('in which something moved and nothing was read'),
    blindShare: nullable.describe('of the time, in which a missed vehicle would not have been noticed'),
  }),
  criteria: z.array(criterion),
  delivery: z.object({ p50Ms: nullable, p95Ms: nullable }),
  misreads: z.array(z.object({ was: z.string(), read: z.string(), count: whole })),
  aim: z.array(
    z.object({
      name: z.enum(numberNames),
      value: nullable.describe('median over the recording'),
      unit: z.enum(['px', '°', 'grey levels', '%', 'ms']),
      bound: z.enum(['least', 'most']).nullable(),
      limit: nullable,
      good: z.boolean().nullable(),
    }),
  ),
  lanes: z
    .object({ columns: z.array(whole), rows: z.array(whole), cutShare: nullable })
    .nullable()
    .describe('where plates pass'),
  stream: z.object({
    width: whole.nullable(),
    height: whole.nullable(),
    fps: nullable,
    codec: z.string().nullable(),
    decode: z.string().nullable(),
    lossShare: nullable,
    jitterMs: nullable,
    kilobitsPerSecond: nullable,
    keyFrameSeconds: nullable,
  }),
  bars: z.object({ widthPx: z.array(bar), confidence: z.array(bar), hour: z.array(bar) }),
  probes: z.array(
    z.object({
      id: z.string(),
      verdict: z.enum(['ok', 'warn', 'fail']),
      finding: z.string(),
      measured: z.string(),
    }),
  ),
  view: jpeg.nullable().describe('what the camera looks at, too small to read a plate'),
  plates: z.enum(['covered', 'shown']).describe('whether plates stand in full in texts and pictures'),
  samples: z.array(
    z.object({
      at: time,
      text: z.string(),
      confidence: z.number(),
      widthPx: z.number(),
      answer: z.enum(['right', 'wrong', 'unchecked']),
      jpeg,
    }),
  ),
  versions: z.object({
    anpr: z.string(),
    node: z.string(),
    packages: z.record(z.string(), z.string().nullable()),
    detector: z.object({ name: z.string(), sha256: z.string().nullable() }),
    straightener: z.object({ name: z.string(), sha256: z.string().nullable() }).optional(),
    reader: z.object({ name: z.string(), sha256: z.string().nullable() }),
  }),
  comparison: z
    .object({
      id: z.uuid(),
      writtenAt: time,
      sha256: z.string(),
      anpr: z.string(),
      rows: z.array(
        z.object({
          name: z.string(),
          kind: z.enum(['share', 'number']),
          unit: z.string(),
          before: nullable,
          now: nullable,
          change: z.enum(['worse', 'better', 'same', 'unknown']),
        }),
      ),
    })
    .nullable(),
});

export const sealSchema = z.object({
  keyId: z.string(),
  publicKey: z.string().describe('Ed25519, raw, base64'),
  sha256: z.string().describe('of the canonical report (RFC 8785) without `seal`'),
  signature: z.string().describe('Ed25519, base64'),
});

export const reportSchema = contentSchema.extend({
  seal: sealSchema.nullable().describe('null: made without keys, with --unsigned'),
});

/** Whether it is known how many vehicles were missed: the moments without a read say nothing until somebody looks at them. */
export const knowsMissed = ({ method, moments }: ReportContent['passages']): boolean =>
  method !== 'motion' || moments.found === 0 || moments.answered > 0;

export type ReportContent = z.infer<typeof contentSchema>;
export type Report = z.infer<typeof reportSchema>;
export type Seal = z.infer<typeof sealSchema>;
export type Criterion = z.infer<typeof criterion>;

/** For programs that read reports: config/commission.schema.json. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, $id: 'commission.schema.json', title: 'commissioning report', ...rest };
}
