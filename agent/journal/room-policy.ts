// What goes when there is no room, in which order and how much of it. Pure: figures in, one step out; who acts on it
// measures again and asks again. The order is a promise (docs/journal.md): copies of damaged files and pictures that no
// record names, delivered pictures, undelivered pictures, delivered records, the oldest undelivered reads, other
// undelivered records, hits last. Gap records never go.

export interface Usage {
  /** pages in use of the journal's file, and its bound; null: none */
  recordsBytes: number;
  recordsMaxBytes: number | null;
  picturesBytes: number;
  picturesMaxBytes: number | null;
  diskFreeBytes: number;
  diskTotalBytes: number;
  /** a commit was just refused for want of space */
  refused: boolean;
}

/** What there is to go. */
export interface Holdings {
  copies: boolean;
  strayPictures: boolean;
  deliveredPictures: boolean;
  undeliveredPictures: boolean;
  deliveredRecords: boolean;
  undeliveredReads: boolean;
  otherUndelivered: boolean;
  undeliveredHits: boolean;
}

export type Step = keyof Holdings;

/** Room is made from here on … */
const BEGIN_SHARE = 0.97;
/** … and down to here, so that one gap record covers many rows. */
const END_SHARE = 0.94;
/** Pictures go when the disk has less than this; below it SQLite may be refused at any moment. */
const DISK_RESERVE_BYTES = 200e6;
const DISK_RESERVE_SHARE = 0.02;
const DISK_HYSTERESIS = 1.5;

const forPictures: readonly Step[] = ['strayPictures', 'deliveredPictures', 'undeliveredPictures'];
const forRecords: readonly Step[] = [
  'deliveredRecords',
  'undeliveredReads',
  'otherUndelivered',
  'undeliveredHits',
];

/** How many bytes of records or of pictures have to go before there is room; 0 or less: none. */
export function excessBytes(usage: Usage): { records: number; pictures: number } {
  const over = (bytes: number, maxBytes: number | null) =>
    maxBytes === null ? 0 : bytes - maxBytes * END_SHARE;
  return {
    records: over(usage.recordsBytes, usage.recordsMaxBytes),
    pictures: Math.max(
      over(usage.picturesBytes, usage.picturesMaxBytes),
      DISK_HYSTERESIS * reserveBytesOf(usage) - usage.diskFreeBytes,
    ),
  };
}

function reserveBytesOf({ diskTotalBytes }: Usage): number {
  return Math.min(DISK_RESERVE_BYTES, diskTotalBytes * DISK_RESERVE_SHARE);
}

/**
 * The next thing to remove; undefined: there is room, or nothing is left that may go.
 * @param under way: room is being made, so it goes down to the lower limit
 */
export function nextStep(usage: Usage, holdings: Holdings, underWay: boolean): Step | undefined {
  const first = (steps: readonly Step[]) => steps.find((step) => holdings[step]);
  const share = underWay ? END_SHARE : BEGIN_SHARE;
  const over = (bytes: number, maxBytes: number | null) => maxBytes !== null && bytes > maxBytes * share;
  const diskLow = usage.diskFreeBytes < (underWay ? DISK_HYSTERESIS : 1) * reserveBytesOf(usage);

  // Only files give the disk anything back: rows that go leave their pages to the rows that come.
  if (diskLow || (usage.refused && !over(usage.recordsBytes, usage.recordsMaxBytes))) {
    const file = first(['copies', ...forPictures]);
    if (file) return file;
  }
  if (over(usage.picturesBytes, usage.picturesMaxBytes)) {
    const picture = first(forPictures);
    if (picture) return picture;
  }
  if (usage.refused || over(usage.recordsBytes, usage.recordsMaxBytes)) return first(forRecords);
  return undefined;
}
