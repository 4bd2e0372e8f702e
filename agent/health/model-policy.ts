// What the models' speed means for the cameras of this box. Pure.

/**
 * Looks a second that each camera can have: cameras look side by side, each on `threads` cores, and share the cores
 * when there are not enough.
 */
export function looksPerSecond(
  lookMs: number,
  { cameras, cores, threads }: { cameras: number; cores: number; threads: number },
): number {
  const wanted = Math.max(1, cameras) * threads;
  return (1000 / lookMs) * Math.min(1, cores / wanted);
}

/** A car at 130 km/h is in view of a plate camera (10 to 15 m of road) for 0.3 to 0.4 s: at 5 a second it is seen once or twice. */
const FEW_LOOKS_PER_SECOND = 5;

export function speedFinding(looks: number): 'good' | 'slow' {
  return looks < FEW_LOOKS_PER_SECOND ? 'slow' : 'good';
}
