// When a camera's child process that ended is started again: soon after a single fault, slower and slower when it
// keeps falling over, so that a camera that can't work doesn't cost the others their cores. Pure.

const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** a child that lived so long has shown that it works: its next fault counts as the first again */
const PROVEN_MS = 120_000;

export interface RestartHistory {
  /** faults since the child last proved itself */
  faults: number;
}

/**
 * @param livedMs how long the child that just ended was alive
 * @param random 0..1, spreads the restarts of several cameras by up to a quarter
 */
export function restartAfter(
  history: RestartHistory,
  livedMs: number,
  random: number,
): { delayMs: number; history: RestartHistory } {
  const faults = livedMs >= PROVEN_MS ? 1 : history.faults + 1;
  const delayMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (faults - 1)) * (0.75 + 0.25 * random);
  return { delayMs, history: { faults } };
}
