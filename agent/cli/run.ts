// `anpr run`: the agent itself, in the foreground, as systemd wants it.

import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { configOption, example } from './options.ts';

export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .description(
      'run the agent until it gets SIGTERM or SIGINT (a second one ends it at once); SIGHUP: look at the configuration again',
    )
    .addOption(configOption())
    .action(async (options: { config?: string }) => {
      const { runAgent } = await import('../main.ts');
      const abort = new AbortController();
      const stop = () => {
        if (abort.signal.aborted) process.exit(exitCodes.failed);
        abort.abort();
      };
      process.on('SIGTERM', stop);
      process.on('SIGINT', stop);
      await runAgent({
        ...(options.config !== undefined && { configPath: options.config }),
        signal: abort.signal,
        // On a terminal SIGHUP says that the terminal has gone, and the agent goes with it.
        onReload: (reload) => {
          const isAttended = process.stdin.isTTY || process.stdout.isTTY;
          process.on('SIGHUP', isAttended ? stop : reload);
        },
      });
    });
  example(command, 'anpr run --config ./agent.yaml');
}
