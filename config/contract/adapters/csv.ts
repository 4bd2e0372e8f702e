// CSV (RFC 4180): one line for each read and for each record of a hit. docs/adapters.md has the columns; within a first number of
// the contract they are only added, at the end.

import { csvField, withoutFormula } from '../../../agent/shared/csv.ts';
import { isoCountryOf } from './countries.ts';
import type { Observation, PictureKind } from './observation.ts';

type Value = string | number | boolean | null | undefined;

const sha256Of = ({ read }: Observation, wanted: PictureKind) =>
  read?.evidence.find(({ kind }) => kind === wanted)?.sha256;

/** column → what it says */
const COLUMNS: Record<string, (observation: Observation) => Value> = {
  record: ({ hit }) => (hit ? 'hit' : 'read'),
  id: ({ id }) => id,
  site: ({ site }) => site,
  box: ({ box }) => box,
  camera: ({ camera }) => camera,
  captured_at: ({ read }) => read?.capturedAt,
  clock_synchronised: ({ read }) => read?.clock.synchronised,
  plate: ({ read }) => read?.plate.text,
  country: ({ read }) => read?.plate.country,
  country_iso: ({ read }) => read && isoCountryOf(read.plate.country),
  country_confidence: ({ read }) => read?.plate.countryConfidence,
  confidence: ({ read }) => read?.plate.confidence,
  uncertain: ({ read }) => read?.plate.uncertain,
  alternatives: ({ read }) => read?.plate.alternatives.map(({ text }) => text).join(' '),
  direction: ({ read }) => read?.passage.direction,
  lane: ({ read }) => read?.passage.lane,
  first_seen: ({ read }) => read?.passage.firstSeen,
  last_seen: ({ read }) => read?.passage.lastSeen,
  frames: ({ read }) => read?.passage.framesUsed,
  latitude: ({ read }) => read?.position?.latitude,
  longitude: ({ read }) => read?.position?.longitude,
  heading_degrees: ({ read }) => read?.headingDegrees,
  plate_picture_sha256: (observation) => sha256Of(observation, 'plate'),
  overview_picture_sha256: (observation) => sha256Of(observation, 'overview'),
  read_id: ({ readId }) => readId,
  hit_id: ({ hit }) => hit?.id,
  hit_event: ({ hit }) => hit?.event,
  hit_state: ({ hit }) => hit?.state,
  hit_at: ({ hit }) => hit?.at,
  hit_basis: ({ hit }) => hit?.basis,
  priority: ({ hit }) => hit?.priority,
  list: ({ hit }) => hit?.match?.list.id,
  list_version: ({ hit }) => hit?.match?.list.version,
  list_kind: ({ hit }) => hit?.match?.list.kind,
  entry_plate: ({ hit }) => hit?.match?.entry?.plate,
  entry_country: ({ hit }) => hit?.match?.entry?.country,
  entry_reference: ({ hit }) => hit?.match?.entry?.reference,
  source: ({ hit }) => hit?.match?.source,
  reason: ({ hit }) => hit?.match?.reason,
  instruction: ({ hit }) => hit?.match?.instruction,
  probability: ({ hit }) => hit?.match?.probability,
  decided_via: ({ hit }) => hit?.by.via,
  decided_by: ({ hit }) => hit?.by.name,
  cause: ({ hit }) => hit?.cause,
  note: ({ hit }) => hit?.note,
  epoch: ({ epoch }) => epoch,
  seq: ({ seq }) => seq,
  hit_origin: ({ hit }) => hit?.origin,
};

/** With the line's end. */
export const csvHead = () => `${Object.keys(COLUMNS).join(',')}\r\n`;

/** One line with its end. What is not known is empty; text that a spreadsheet would take for a formula has an apostrophe before it. */
export function toCsv(observation: Observation): string {
  const cells = Object.values(COLUMNS).map((of) => {
    const value = of(observation);
    return csvField(typeof value === 'string' ? withoutFormula(value) : value);
  });
  return `${cells.join(',')}\r\n`;
}
