// What the command's exit status says. Documented in `anpr --help` and docs/cli.md; scripts depend on it.

import { AnprError, codeOf } from '../shared/errors.ts';

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  warned: 4,
} as const;

export const exitCodeMeanings: Record<keyof typeof exitCodes, string> = {
  ok: 'all right',
  failed: 'something failed, or a verdict is bad',
  usage: 'wrong usage, or a wrong configuration',
  notRunning: 'the agent is not running',
  warned: 'doctor: something is to be looked at; commission: too few passages',
};

/** The exit status for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AnprError)) return exitCodes.failed;
  const code = codeOf(error);
  if (code.startsWith('config.') || code.startsWith('usage.')) return exitCodes.usage;
  if (code === 'api.not-running') return exitCodes.notRunning;
  return exitCodes.failed;
}
