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
      let reload: (() => void) | undefined;
      let isReloadAsked = false;
      // On a terminal SIGHUP says that the terminal has gone, and the agent goes with it.
      const isAttended = process.stdin.isTTY || process.stdout.isTTY;
      const lookAgain = () => {
        if (reload) reload();
        else isReloadAsked = true; // it starts just now
      };
      process.on('SIGHUP', isAttended ? stop : lookAgain);
      await runAgent({
        ...(options.config !== undefined && { configPath: options.config }),
        signal: abort.signal,
        onReload(given) {
          reload = given;
          if (isReloadAsked) given();
        },
      });
    });
  example(command, 'anpr run --config ./agent.yaml');
}
