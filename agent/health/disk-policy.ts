// What a disk's figures mean for the journal and the pictures. Pure.

export interface DiskMeasure {
  freeBytes: number;
  totalBytes: number;
  /** null: this user may not write there, so it was not tried */
  fsyncMs: number | null;
  /** what the journal and the pictures on this disk may grow to, as configured */
  boundsBytes: number;
}

export type DiskFinding = 'good' | 'full' | 'low-space' | 'bounds' | 'slow' | 'not-tried';

/** The agent stops keeping pictures long before the disk is full; below this nothing is safe. */
const FULL_BYTES = 100e6;
const LOW_SHARE = 0.05;
const LOW_BYTES = 1e9;
/** Beside the bounds the disk has the system, logs and copies to hold. */
const BOUNDS_SHARE = 0.8;
/** A commit waits for one fsync; slower than this, four cameras in dense traffic begin to queue. */
const SLOW_FSYNC_MS = 100;

export function diskFinding({ freeBytes, totalBytes, fsyncMs, boundsBytes }: DiskMeasure): DiskFinding {
  if (freeBytes < FULL_BYTES) return 'full';
  if (freeBytes < LOW_BYTES || freeBytes < totalBytes * LOW_SHARE) return 'low-space';
  if (boundsBytes > totalBytes * BOUNDS_SHARE) return 'bounds';
  if (fsyncMs === null) return 'not-tried';
  return fsyncMs > SLOW_FSYNC_MS ? 'slow' : 'good';
}
