// How a read looks in a table, in CSV and in full: one place for `anpr reads`, `anpr watch` and `anpr reads show`.

import type { JournalRecord } from '../journal/index.ts';
import { csvField } from '../shared/csv.ts';
import { isoOf } from '../shared/time.ts';
import type { Cell } from './table.ts';
import { localTime } from './times.ts';

/** Fixed, so that rows can follow one by one: 78 characters together. */
export const READ_COLUMNS = { TIME: 19, CAMERA: 16, PLATE: 10, COUNTRY: 7, SURE: 5, DIRECTION: 11 };

/** As much of a read's payload as is shown; a journal may hold reads of an older version. */
export interface ShownRead {
  plate?: {
    country?: string;
    uncertain?: boolean;
    alternatives?: { text: string; confidence: number }[];
  };
  passage?: {
    firstSeen?: string;
    lastSeen?: string;
    framesUsed?: number;
    direction?: string;
    lane?: string | null;
  };
  clock?: { synchronised?: boolean | null; offsetMs?: number | null };
  evidence?: { kind: 'plate' | 'overview'; sizeBytes: number; sha256: string }[];
  software?: Partial<Record<'detector' | 'straightener' | 'reader', { name: string }>> & { agent?: string };
}

export const shownOf = (record: JournalRecord) => record.payload as ShownRead;

/** `0.97`, and a question mark on what the reader itself doubts */
export function sureText(record: JournalRecord): string {
  return (record.confidence ?? 0).toFixed(2) + (shownOf(record).plate?.uncertain ? '?' : '');
}

export function readRow(record: JournalRecord): Cell[] {
  const { plate, passage } = shownOf(record);
  return [
    localTime(record.at),
    record.camera ?? '',
    record.text ?? '',
    plate?.country ?? '',
    sureText(record),
    passage?.direction ?? '',
  ];
}

const CSV_FIELDS: Record<string, (record: JournalRecord) => string | number | undefined | null> = {
  id: ({ id }) => id,
  captured_at: ({ at }) => isoOf(at),
  camera: ({ camera }) => camera,
  plate: ({ text }) => text,
  country: (record) => shownOf(record).plate?.country,
  confidence: ({ confidence }) => confidence,
  uncertain: (record) => (shownOf(record).plate?.uncertain ? 1 : 0),
  direction: (record) => shownOf(record).passage?.direction,
  lane: (record) => shownOf(record).passage?.lane,
  first_seen: (record) => shownOf(record).passage?.firstSeen,
  last_seen: (record) => shownOf(record).passage?.lastSeen,
  frames: (record) => shownOf(record).passage?.framesUsed,
  delivery: ({ delivery }) => delivery,
};

export const csvHead = () => Object.keys(CSV_FIELDS).join(',');

/** One line as in RFC 4180. Times are UTC. */
export function csvLine(record: JournalRecord): string {
  return Object.values(CSV_FIELDS)
    .map((fieldOf) => csvField(fieldOf(record)))
    .join(',');
}
