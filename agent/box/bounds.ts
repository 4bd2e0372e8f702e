// How much the journal keeps, as the configuration says it. Pure.

import type { Config } from '../config/index.ts';
import { type JournalBounds, PICTURE_KINDS } from '../journal/index.ts';

const DAY_MS = 24 * 60 * 60_000;
const MB = 1_000_000;

export function boundsOf({
  journal,
  evidence,
  uplink,
}: Pick<Config, 'journal' | 'evidence' | 'uplink'>): JournalBounds {
  const send = uplink?.pictures.send ?? 'none';
  return {
    maxSizeBytes: journal.maxSizeMb * MB,
    keepDeliveredMs: journal.keepDeliveredDays * DAY_MS,
    maxAgeMs: journal.maxAgeDays * DAY_MS,
    pictures: {
      directory: evidence.directory,
      maxSizeBytes: evidence.maxSizeMb * MB,
      keepDeliveredMs: evidence.keepDeliveredDays * DAY_MS,
      maxAgeMs: evidence.maxAgeDays * DAY_MS,
      wanted: PICTURE_KINDS.filter((kind) => send === 'all' || send === kind),
    },
  };
}
