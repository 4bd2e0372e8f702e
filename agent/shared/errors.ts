// One error for everything a person has to act on: what was wanted, what came, what to do. `code` is stable and
// documented; the rest is for reading.

export class AnprError extends Error {
  readonly code: string;
  /** What to do about it, one sentence. */
  readonly remedy: string | undefined;

  /**
   * @param code stable, like `config.unknown-key` or `camera.refused`: the stage, then what happened
   * @param message what was wanted and what was found, without secrets
   * @param remedy one sentence on what to do
   */
  constructor(code: string, message: string, remedy?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AnprError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `code` of an AnprError or of one of Node's system errors (`ENOENT` …), else `internal`. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'internal';
}
