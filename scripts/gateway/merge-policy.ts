// Which reports are of the same event, so that a dispatcher sees one hit. Pure, and the same whichever comes first.

import { keyOf } from '../../agent/hits/index.ts';
import type { Report } from './report.ts';

/** What a report is about, as far as another one can be about the same. */
export interface Matter {
  origin: 'edge' | 'centre';
  site: string;
  box: string;
  camera: string;
  readId: string;
  /** the passage, UTC epoch milliseconds by the box's clock: both sides have them from the same box */
  firstSeen: number;
  lastSeen: number;
  /** names list and entry */
  entry: string;
  /** the listed plate; null: it is on no entry */
  plate: string | null;
  country: string | null;
  reason: string | null;
}

/** What is cut off from its passage for less (a lorry between camera and car) is still the same car passing. */
export const APART_MS = 2000;

/** undefined: only what became of it is known, not yet what it is about */
export function matterOf({ match, read, ...report }: Report): Matter | undefined {
  if (!match || !read) return undefined;
  const { origin, site, box, camera, readId } = report;
  return {
    ...{ origin, site, box, camera, readId },
    firstSeen: Date.parse(read.passage.firstSeen),
    lastSeen: Date.parse(read.passage.lastSeen),
    entry: keyOf(match, read.plate.text),
    plate: match.entry?.plate ?? null,
    country: match.entry?.country ?? null,
    reason: match.reason?.trim().toLowerCase() || null,
  };
}

export type Sameness = 'read' | 'passage';

/**
 * read: the same read met the same entry. passage: another read, but the same car before the same camera at the same time;
 * only of the other side, for each knows its own reads. undefined: two events.
 */
export function samenessOf(a: Matter, b: Matter): Sameness | undefined {
  if (a.site !== b.site || a.box !== b.box || a.camera !== b.camera) return undefined;
  if (!isSameEntry(a, b)) return undefined;
  if (a.readId === b.readId) return 'read';
  if (a.origin === b.origin) return undefined;
  return a.firstSeen <= b.lastSeen + APART_MS && b.firstSeen <= a.lastSeen + APART_MS ? 'passage' : undefined;
}

/** The centre may call its lists otherwise: then it is the same plate, wanted for the same reason. */
function isSameEntry(a: Matter, b: Matter): boolean {
  if (a.entry === b.entry) return true;
  const isSameList = a.entry.split(' ')[0] === b.entry.split(' ')[0];
  if (isSameList || a.plate === null || a.plate !== b.plate) return false;
  const isSameCountry = a.country === null || b.country === null || a.country === b.country;
  return isSameCountry && a.reason !== null && a.reason === b.reason;
}

/** The hit that a new report belongs to: by its read before by its passage, then the one that was here first; undefined: a new one. */
export function homeOf(
  matter: Matter,
  others: readonly { hit: string; matter: Matter; receivedAt: number }[],
): string | undefined {
  const fitting = others.flatMap((other) => {
    const sameness = samenessOf(matter, other.matter);
    return sameness ? [{ ...other, rank: sameness === 'read' ? 0 : 1 }] : [];
  });
  return fitting.sort((a, b) => a.rank - b.rank || a.receivedAt - b.receivedAt)[0]?.hit;
}

/** What a hit is shown by: of those that stand, the most urgent, then the most probable. */
export function leadOf(reports: readonly Report[]): Report | undefined {
  const weightOf = ({ state, match }: Report) => (match ? 0 : 2) + (state === 'withdrawn' ? 1 : 0);
  return reports.toSorted(
    (a, b) =>
      weightOf(a) - weightOf(b) ||
      a.priority - b.priority ||
      (b.match?.probability ?? 0) - (a.match?.probability ?? 0),
  )[0];
}
