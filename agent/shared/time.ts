// Times are UTC epoch milliseconds inside, ISO 8601 at the edges.

/** UTC epoch milliseconds → `2026-11-22T13:07:56.123Z`. */
export function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
