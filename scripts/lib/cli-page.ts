// docs/cli.md: every command with the words of its own --help.

import type { Command } from 'commander';
import { exitCodeMeanings, exitCodes } from '../../agent/cli/exit-codes.ts';
import { buildProgram } from '../../agent/cli/program.ts';

const HELP_WIDTH = 80;

const INTRO = `# The command \`anpr\`

<!-- Written by scripts/docs.ts from the command's own help: change it there. -->

\`scripts/anpr\` runs it from a checkout, \`anpr\` on a box.

- Commands that ask the running agent (\`status\`, \`reads --follow\`) talk to it through the Unix socket that \`api.socket\`
  names. Root and the group of that socket may use it. The others need no agent.
- The configuration is \`--config FILE\`, else \`$ANPR_CONFIG\`, else \`/etc/anpr/agent.yaml\`.
- With \`--json\` a command prints one JSON document, or JSON Lines where it says so: on stdout, nothing else there. Times
  in JSON are UTC.
- Tables show the local time of the box. Times given to \`--from\` and \`--to\` are local too, unless they end in \`Z\` or an
  offset like \`+01:00\`.
- Colours come on a terminal only, and never with \`NO_COLOR\` set.
- An error says what was wanted, what was found, what to do, and has a code in brackets that stays the same over
  versions. \`ANPR_DEBUG=1\` adds the place in the source to errors that should not happen.
`;

export function cliPage(): string {
  const program = buildProgram();
  const codes = Object.entries(exitCodeMeanings).map(
    ([name, meaning]) => `| ${exitCodes[name as keyof typeof exitCodes]} | ${meaning} |`,
  );
  return [
    INTRO,
    '## Exit status\n',
    ['| status | meaning |', '|---|---|', ...codes].join('\n'),
    '',
    ...commandsOf(program).map(
      ({ name, command }) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
    ),
  ].join('\n');
}

/** The program and all commands below it, each with the words that call it. */
export function commandsOf(command: Command, before = ''): { name: string; command: Command }[] {
  const name = `${before}${before ? ' ' : ''}${command.name()}`;
  return [{ name, command }, ...command.commands.flatMap((inner) => commandsOf(inner, name))];
}

/** What `--help` prints, at 80 columns. */
export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}
