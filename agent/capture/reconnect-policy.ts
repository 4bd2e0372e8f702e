// When a camera is tried again. Pure: what happened and what is known go in, a wait and the new memory come out.

/** How one run of ffmpeg ended. */
export type Ending =
  /** the picture has another size: a new child knows it from its start */
  | 'resized'
  /** hardware decoding failed before the first frame: once more, with the next backend */
  | 'no-hardware'
  /** the camera says no (401, 403, 404 …) */
  | 'refused'
  /** connected, but no frame for too long */
  | 'stalled'
  /** anything else: off, garbage, ffmpeg died, the camera ended the stream */
  | 'failed';

export interface Backoff {
  firstMs: number;
  maxMs: number;
  /** after a refusal: cameras lock a user out who tries too often */
  refusedMs: number;
  /** frames for so long make the next failure a first one */
  goodAfterMs: number;
}

export const BACKOFF: Backoff = { firstMs: 1000, maxMs: 30_000, refusedMs: 30_000, goodAfterMs: 10_000 };

const JITTER_SHARE = 0.25;

/**
 * @param failures endings in a row before this one
 * @param streamedMs how long frames came in this run
 * @param random 0..1
 */
export function nextAttempt(
  ending: Ending,
  failures: number,
  streamedMs: number,
  random: number,
  backoff: Backoff = BACKOFF,
): { waitMs: number; failures: number } {
  if (ending === 'no-hardware') return { waitMs: 0, failures };
  const inARow = streamedMs >= backoff.goodAfterMs ? 0 : failures;
  if (ending === 'resized' && inARow === 0)
    return { waitMs: 0, failures: streamedMs >= backoff.goodAfterMs ? 0 : 1 };
  const doubledMs = Math.min(backoff.firstMs * 2 ** Math.min(inARow, 30), backoff.maxMs);
  const waitMs = ending === 'refused' ? Math.max(doubledMs, backoff.refusedMs) : doubledMs;
  const jitter = 1 + JITTER_SHARE * (2 * random - 1);
  return { waitMs: Math.round(waitMs * jitter), failures: inARow + 1 };
}
