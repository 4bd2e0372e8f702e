// Runs the command as a person does: scripts/anpr in a process of its own.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const script = fileURLToPath(new URL('../../scripts/anpr', import.meta.url));

const start = fileURLToPath(new URL('../../agent/cli/start.mjs', import.meta.url));

export interface Ran {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Without a configuration of its own it meets none. */
export function anpr(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin?: string,
): Promise<Ran> {
  return ran(script, args, { ANPR_CONFIG: '/nonexistent/agent.yaml', ...env }, stdin);
}

/** On a machine whose PATH has no other program in it. */
export function anprWithout(args: readonly string[]): Promise<Ran> {
  return ran(process.execPath, [start, ...args], {
    ANPR_CONFIG: '/nonexistent/agent.yaml',
    PATH: '/nonexistent',
  });
}

async function ran(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  stdin = '',
): Promise<Ran> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  child.stdin.on('error', () => {}); // a command that reads nothing may have ended
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, stdout, stderr };
}
