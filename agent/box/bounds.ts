// How much the journal keeps, as the configuration says it. Pure.

import type { Config } from '../config/index.ts';
import { type JournalBounds, PICTURE_KINDS, type PictureKind } from '../journal/index.ts';

const DAY_MS = 24 * 60 * 60_000;
const MB = 1_000_000;

/** Kinds of pictures that go without being asked for. */
export function wantedPictures(uplink: Config['uplink']): PictureKind[] {
  const send = uplink?.pictures.send ?? 'none';
  return PICTURE_KINDS.filter((kind) => send === 'all' || send === kind);
}

export function boundsOf({
  journal,
  evidence,
  uplink,
}: Pick<Config, 'journal' | 'evidence' | 'uplink'>): JournalBounds {
  return {
    maxSizeBytes: journal.maxSizeMb * MB,
    keepDeliveredMs: journal.keepDeliveredDays * DAY_MS,
    maxAgeMs: journal.maxAgeDays * DAY_MS,
    pictures: {
      directory: evidence.directory,
      maxSizeBytes: evidence.maxSizeMb * MB,
      keepDeliveredMs: evidence.keepDeliveredDays * DAY_MS,
      maxAgeMs: evidence.maxAgeDays * DAY_MS,
      wanted: wantedPictures(uplink),
    },
  };
}
