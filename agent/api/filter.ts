// Filters of reads as they cross the socket (a query string) and as they are applied to a record that just came.

import { z } from 'zod';
import type { AuditFilter, JournalRecord, ReadFilter } from '../journal/index.ts';
import { plateMatcher } from '../shared/plate-pattern.ts';

export const MAX_READS = 10_000;

export const filterQuery = z.strictObject({
  plate: z.string().min(1).max(64).optional(),
  camera: z.string().min(1).max(64).optional(),
  from: z.coerce.number().optional(),
  to: z.coerce.number().optional(),
  minConfidence: z.coerce.number().min(0).max(1).optional(),
  hits: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('true: only reads that raised a hit'),
  limit: z.coerce.number().int().min(1).max(MAX_READS).optional(),
});

export const auditQuery = filterQuery.pick({ from: true, to: true, limit: true });

export const snapshotQuery = z.strictObject({
  camera: z.string(),
  width: z.coerce
    .number()
    .int()
    .min(64)
    .max(16_384)
    .optional()
    .describe('the picture is averaged down by a whole number to at most so many pixels'),
});

export const exportQuery = z.strictObject({
  from: z.coerce.number().optional(),
  to: z.coerce.number().optional(),
  pictures: z.enum(['true', 'false']).default('true'),
});

/** Throws a ZodError for a query that is none. */
export function auditFilterOf(query: URLSearchParams): AuditFilter {
  const given = auditQuery.parse(Object.fromEntries(query));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as AuditFilter;
}

/** Throws a ZodError for a query that is none. */
export function filterOf(query: URLSearchParams): ReadFilter {
  const given = filterQuery.parse(Object.fromEntries(query));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ReadFilter;
}

export function queryOf(filter: object): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.set(key, String(value));
  return query.toString();
}

/**
 * Whether a record is a read that the filter wants; `limit` says nothing about one record, and whether it raised a hit
 * another record says.
 */
export function wants(filter: ReadFilter, record: JournalRecord): boolean {
  return (
    record.type === 'read' &&
    (filter.plate === undefined || plateMatcher(filter.plate)(record.text ?? '')) &&
    (filter.camera === undefined || record.camera === filter.camera) &&
    (filter.from === undefined || record.at >= filter.from) &&
    (filter.to === undefined || record.at <= filter.to) &&
    (filter.minConfidence === undefined || (record.confidence ?? 0) >= filter.minConfidence)
  );
}
