// How a command fails in front of a person: what happened, what to do, the code to look up. No stack, unless it is a
// defect of ours.

import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { redactUrl } from '../shared/redact.ts';

/** Lines for stderr. */
export function errorLines(error: unknown, debug = Boolean(process.env.ANPR_DEBUG)): string[] {
  if (error instanceof AnprError) {
    const lines = [`anpr: ${error.message}`];
    if (error.remedy) lines.push(`      ${error.remedy}`);
    lines.push(`      (${error.code})`);
    return lines;
  }
  const lines = [`anpr: unexpected: ${redactUrl(messageOf(error))} (${codeOf(error)})`];
  if (debug && error instanceof Error && error.stack) lines.push(redactUrl(error.stack));
  else
    lines.push(
      '      This is probably a defect of anpr. ANPR_DEBUG=1 shows where; anpr doctor may show why.',
    );
  return lines;
}
