// Programs that building calls. One that fails ends it, with what it said.

import { spawnSync } from 'node:child_process';
import { AnprError } from '../../agent/shared/errors.ts';

/**
 * Runs a program to its end and gives its stdout.
 * @throws AnprError package.command when it cannot be started or exits with another status than 0
 */
export function command(
  program: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    ...(cwd ? { cwd } : {}),
    ...(env ? { env: { ...process.env, ...env } } : {}),
  });
  if (done.status === 0) return done.stdout;
  const said = done.error?.message ?? done.stderr.trim();
  throw new AnprError('package.command', `${program} ${args.join(' ')} failed: ${said}`);
}

/** Whether a program is in PATH. */
export function there(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0;
}
