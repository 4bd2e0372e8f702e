// Within a version of the topics members and values are only added. An unknown member is no trouble; an unknown value of an
// enumeration would make a consumer of yesterday refuse a record of today, never confirm it, and ask for it again for ever. So what
// a consumer reads is held against its schema with this one allowance.

import type { z } from 'zod';

/**
 * @returns the message as it came, and the paths of values that this version does not know (`audit.action`): treat those as
 * unknown, and keep the record
 * @throws {z.ZodError} for everything else that is wrong
 */
export function parseTolerant<S extends z.ZodType>(
  schema: S,
  message: unknown,
): { message: z.input<S>; unknown: string[] } {
  const issues = schema.safeParse(message, { reportInput: true }).error?.issues ?? [];
  // An error that is thrown must not carry what stood there: it may come into a log.
  if (!issues.every(isNewValue)) schema.parse(message);
  return { message: message as z.input<S>, unknown: issues.map(({ path }) => path.join('.')) };
}

/** One of several strings was wanted and another string came; where one alone is right (`type`, `schema`) it is another message. */
function isNewValue(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_value' && issue.values.length > 1 && typeof issue.input === 'string';
}
