// Lines one reading's characters up with a passage's columns, so that a reading with a missing or an extra character
// adds its evidence in the right places. Needleman-Wunsch over distributions instead of letters, as ROVER does with
// words (Fiscus, "A post-processing system to yield reduced word error rates", 1997).

/** Size of a slot: "no character", 0–9, A–Z. */
export const SLOT_SIZE = 37;

/** One position: 37 probabilities. */
export type Distribution = ArrayLike<number>;

export interface Alignment {
  /**
   * What happens, left to right: `column` and `slot` matched; a column the reading has no slot for (`slot` -1); a
   * slot without a column (`column` -1), which is to go in before the next column named.
   */
  steps: { column: number; slot: number }[];
  /**
   * Natural log of how much likelier the two are as views of one plate than of two unrelated plates (characters
   * evenly distributed). Near 0 when either says little.
   */
  logOdds: number;
}

/**
 * A gap costs as much as a wrong character (log 37·0.05/36 = -3), so a wrong character is never taken for one missing and
 * one too many.
 */
const GAP = nothingSlot(0.95);

/** What a reading says of a place where it shows no character: `sure` that there is none. */
export function nothingSlot(sure: number): Float64Array {
  const out = new Float64Array(SLOT_SIZE).fill((1 - sure) / (SLOT_SIZE - 1));
  out[0] = sure;
  return out;
}

/** Twenty times likelier the same character than not: with all places like that no shift can be better. */
const CLEAR_MATCH = Math.log(20);

/**
 * @param columns the passage so far, each a distribution over 37
 * @param slots the reading, each a distribution over 37
 */
export function align(columns: Distribution[], slots: Distribution[]): Alignment {
  const n = columns.length;
  const m = slots.length;
  if (n === m) {
    const straight = columns.map((column, index) => logMatch(column, slots[index]!));
    if (straight.every((score) => score > CLEAR_MATCH))
      return {
        steps: straight.map((_, index) => ({ column: index, slot: index })),
        logOdds: straight.reduce((sum, score) => sum + score, 0),
      };
  }
  const skipColumn = columns.map((column) => logMatch(column, GAP));
  const skipSlot = slots.map((slot) => logMatch(GAP, slot));
  const width = m + 1;
  const best = new Float64Array((n + 1) * width);
  const from = new Uint8Array((n + 1) * width); // 0 match, 1 column alone, 2 slot alone
  for (let i = 1; i <= n; i++) {
    best[i * width] = best[(i - 1) * width]! + skipColumn[i - 1]!;
    from[i * width] = 1;
  }
  for (let j = 1; j <= m; j++) {
    best[j] = best[j - 1]! + skipSlot[j - 1]!;
    from[j] = 2;
  }
  for (let i = 1; i <= n; i++) {
    for (let j = 1; j <= m; j++) {
      let score = best[(i - 1) * width + j - 1]! + logMatch(columns[i - 1]!, slots[j - 1]!);
      let way = 0;
      const column = best[(i - 1) * width + j]! + skipColumn[i - 1]!;
      if (column > score) [score, way] = [column, 1];
      const slot = best[i * width + j - 1]! + skipSlot[j - 1]!;
      if (slot > score) [score, way] = [slot, 2];
      best[i * width + j] = score;
      from[i * width + j] = way;
    }
  }
  const steps: Alignment['steps'] = [];
  let i = n;
  let j = m;
  while (i > 0 || j > 0) {
    const way = from[i * width + j]!;
    if (way === 0) steps.push({ column: --i, slot: --j });
    else if (way === 1) steps.push({ column: --i, slot: -1 });
    else steps.push({ column: -1, slot: --j });
  }
  steps.reverse();
  return { steps, logOdds: best[n * width + m]! };
}

/** log P(both are views of one character) / P(views of two unrelated ones): log 37 Σ p q. */
function logMatch(p: Distribution, q: Distribution): number {
  let sum = 0;
  for (let c = 0; c < SLOT_SIZE; c++) sum += p[c]! * q[c]!;
  return Math.log(SLOT_SIZE * sum);
}
