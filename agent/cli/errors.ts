// How a command fails in front of a person: what happened, what to do, the code to look up. No stack, unless it is a
// defect of ours.

import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { redactUrl } from '../shared/redact.ts';
import { wrap } from './table.ts';

const INDENT = ' '.repeat(6);

/** The lines for a terminal of so many columns: broken between words, what goes on indented. */
export function fittedLines(lines: readonly string[], columns: number): string[] {
  return lines
    .flatMap((line) => line.split('\n'))
    .flatMap((line) => {
      const indent = line.startsWith(INDENT) ? INDENT : '';
      const [first = '', ...rest] = wrap(line.slice(indent.length), columns - INDENT.length);
      return [indent + first, ...rest.map((each) => INDENT + each)];
    });
}

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
