// Runs another program to its end and hands back what it said. Not found, killed and time-out are results, not errors:
// a probe reports them.

import { type ChildProcess, spawn } from 'node:child_process';

export interface CommandResult {
  /** null: it was ended by a signal or never started */
  exitCode: number | null;
  /** the signal that ended it, like `SIGSEGV` */
  endedBy: string | null;
  stdout: string;
  stderr: string;
  /** the program is not on this machine */
  missing: boolean;
  /** it was ended by us: too slow, or nobody waits any more */
  ended: boolean;
}

export interface CommandOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** written to its standard input, which is then closed */
  input?: string | Buffer | undefined;
}

const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;
const GRACE_MS = 500;

/**
 * Ends the child politely (SIGTERM), then not (SIGKILL), when time is up; resolves only when it is gone. Never rejects: a machine
 * that has no memory or no descriptor left for a child says so in `stderr`.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const result: CommandResult = {
      exitCode: null,
      endedBy: null,
      stdout: '',
      stderr: '',
      missing: false,
      ended: false,
    };
    const child = started(command, args);
    if (child instanceof Error) {
      resolve({ ...result, stderr: child.message });
      return;
    }
    let kill: NodeJS.Timeout | undefined;
    const end = () => {
      if (result.ended) return;
      result.ended = true;
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const timer = setTimeout(end, options.timeoutMs);
    if (options.signal?.aborted) end();
    options.signal?.addEventListener('abort', end, { once: true });
    const keep = (name: 'stdout' | 'stderr') => (part: string) => {
      if (result[name].length < MAX_OUTPUT_CHARACTERS) result[name] += part;
    };
    child.stdout?.setEncoding('utf8').on('data', keep('stdout'));
    child.stderr?.setEncoding('utf8').on('data', keep('stderr'));
    child.stdin?.on('error', () => {}); // it ended before it read all: its exit tells
    child.stdin?.end(options.input ?? '');
    const done = () => {
      clearTimeout(timer);
      clearTimeout(kill);
      options.signal?.removeEventListener('abort', end);
      resolve(result);
    };
    child.once('error', (error) => {
      result.missing = 'code' in error && error.code === 'ENOENT';
      if (!result.missing) result.stderr += error.message;
      done();
    });
    child.once('close', (exitCode, endedBy) => {
      if (child.pid === undefined) return; // it never began, and its error has said why
      result.exitCode = exitCode;
      result.endedBy = endedBy;
      done();
    });
  });
}

/** Some faults Node throws at once, others it tells as an event, with or without pipes (child_process.spawn). */
function started(command: string, args: readonly string[]): ChildProcess | Error {
  try {
    return spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
