// Runs the command on a real pseudo-terminal of a given size, through script(1): what a technician over SSH sees.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { script } from './anpr.ts';

/** For tap's `skip`: why there is no pseudo-terminal, or false. */
export const noTerminal: string | false =
  spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0 ? false : 'needs script(1) of util-linux';

export interface Terminal {
  /** everything that was written on it so far */
  text(): string;
  /** Resolves once the terminal shows this. Rejects when the command ends before. */
  until(shown: RegExp): Promise<void>;
  /** types these keys */
  type(keys: string): void;
  /** the command's exit status */
  ended: Promise<number | null>;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function onTerminal(
  args: readonly string[],
  {
    columns = 80,
    rows = 24,
    env = {},
  }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): Terminal {
  const command = [script, ...args].map(quoted).join(' ');
  const child = spawn(
    'script',
    ['-qfec', `stty cols ${columns} rows ${rows} -echo; exec ${command}`, '/dev/null'],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env } },
  );
  let text = '';
  const watchers = new Set<() => void>();
  const look = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    look();
  });
  let over = false;
  const ended = once(child, 'close').then(([exitCode]) => {
    over = true;
    look();
    return exitCode as number | null;
  });
  return {
    text: () => text,
    until(shown) {
      return new Promise((resolve, reject) => {
        const watcher = () => {
          const found = shown.test(text);
          if (!found && !over) return;
          watchers.delete(watcher);
          if (found) resolve();
          else reject(new Error(`the command ended without ${shown}; on the terminal:\n${text}`));
        };
        watchers.add(watcher);
        watcher();
      });
    },
    type: (keys) => child.stdin.write(keys),
    ended,
  };
}

/** The lines of each picture that was drawn from the top, without colours and control sequences. */
export function screensOf(text: string): string[][] {
  // the end of the alternate screen is the begin of another picture
  return text
    .replaceAll('\u001b[?1049l', '\u001b[H')
    .split('\u001b[H')
    .map((screen) =>
      screen
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
        .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
        .split(/\r?\n/)
        .map((line) => line.trimEnd()),
    );
}
