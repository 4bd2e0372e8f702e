// Runs the command as a person does: scripts/anpr in a process of its own.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const script = fileURLToPath(new URL('../../scripts/anpr', import.meta.url));

export interface Ran {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Without a configuration of its own it meets none. */
export async function anpr(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(script, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ANPR_CONFIG: '/nonexistent/agent.yaml', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, stdout, stderr };
}
