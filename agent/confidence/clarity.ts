// How clearly a text was read, whatever its length.

/** a reading's confidence may be 0 in rounded numbers; a weight may not be 0 by 0 */
const LEAST_CLARITY = 0.01;

/** Geometric mean of the characters' shares, 0 when nothing could be read: comparable between short and long texts. */
export function clarityOf({ slots, confidence }: { slots: readonly unknown[]; confidence: number }): number {
  return slots.length === 0 ? 0 : Math.max(LEAST_CLARITY, confidence ** (1 / slots.length));
}
