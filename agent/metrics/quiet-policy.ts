// A camera that streams and has nobody pass for longer than it is configured to allow: it was turned, its view is dirty, the
// road is closed. Pure.

export interface QuietFacts {
  /** cameras[].quietMinutes in milliseconds; undefined: any silence is allowed */
  allowedMs: number | undefined;
  /** the last passage, or since when the camera has streamed without one; UTC epoch milliseconds */
  quietSince: number;
  isStreaming: boolean;
  now: number;
}

/** A camera without a stream has another trouble, and says so itself. */
export function isQuiet({ allowedMs, quietSince, isStreaming, now }: QuietFacts): boolean {
  return allowedMs !== undefined && isStreaming && now - quietSince > allowedMs;
}

/** When the quiet began, from one look to the next. */
export function quietSinceOf(
  before: { passages: number; quietSince: number } | undefined,
  camera: { passages: number; state: string; since: number },
  now: number,
): number {
  if (!before) return camera.state === 'streaming' ? Math.max(camera.since, 0) : now;
  if (camera.passages !== before.passages || camera.state !== 'streaming') return now;
  return before.quietSince;
}
