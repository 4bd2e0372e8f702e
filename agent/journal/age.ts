// The journal's own age: milliseconds that an agent has had it open, all its runs together. Retention counts in it and not
// in the time of day: a clock that jumps a year, or a box that comes up in 1970, removes nothing early and keeps nothing for
// ever. Time in which no agent runs does not count.

/** @param startMs the age that the last run left */
export function createAge(startMs: number): () => number {
  const began = performance.now();
  return () => Math.round(startMs + performance.now() - began);
}
