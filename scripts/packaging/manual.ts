// The man page and bash's completion, both out of the command's own help.

import type { Command } from 'commander';
import { commandsOf, helpOf } from '../lib/cli-page.ts';

/** anpr(1), in man's macros. */
export function manPage(program: Command, version: string, date: string): string {
  const commands = commandsOf(program);
  return `${[
    `.TH ANPR 1 ${date} "anpr-edge ${version}" "anpr-edge"`,
    '.SH NAME',
    `anpr \\- ${escaped(firstLower(program.description()).replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B anpr',
    '.I command',
    '[\\fIoptions\\fR]',
    '.SH COMMANDS',
    ...commands.flatMap(({ name, command }) => [
      `.SS ${escaped(name)}`,
      '.RS 0',
      '.nf',
      lines(helpOf(command)),
      '.fi',
      '.RE',
    ]),
    '.SH FILES',
    ...item('/etc/anpr/agent.yaml', 'the configuration; the service waits for it'),
    ...item('/etc/anpr/agent.example.yaml', 'every key with its meaning'),
    ...item('/var/lib/anpr', 'the journal and the pictures'),
    ...item('/usr/lib/anpr-edge/docs', 'the documentation'),
    '.SH SEE ALSO',
    '.BR systemctl (1),',
    '.BR journalctl (1)',
  ].join('\n')}\n`;
}

function item(term: string, words: string): string[] {
  return ['.TP', `.I ${escaped(term)}`, escaped(words)];
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function lines(text: string): string {
  return text.split('\n').map(escaped).join('\n');
}

/** Signs that man cannot show where the terminal's language is plain C. */
const PLAIN: Readonly<Record<string, string>> = { '…': '...', '–': '-', '→': '->', '×': 'x', '’': "'" };

/** A backslash, a hyphen that is to be copied, a control character at a line's begin, what is not ASCII. */
function escaped(text: string): string {
  return text
    .replace(/[…–→×’]/gu, (sign) => PLAIN[sign] ?? sign)
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^(?=[.'])/, '\\&')
    .replace(
      /[^\n -~]/gu,
      (sign) => `\\[u${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

/** A completion for bash that needs nothing but bash: subcommands, options after a hyphen, else files. */
export function completion(program: Command): string {
  const commands = commandsOf(program);
  const names = commands.slice(1).map(({ name }) => `'${name}'`);
  const words = commands.map(({ name, command }) => {
    const help = command.createHelp();
    const options = help.visibleOptions(command).flatMap(({ short, long }) => [short, long].filter(Boolean));
    const below = help.visibleCommands(command).map((inner) => inner.name());
    return `  '${name}') options='${options.join(' ')}' commands='${below.join(' ')}' ;;`;
  });
  return `# bash completion for anpr, written from the command's own help.
_anpr() {
  local current=\${COMP_WORDS[COMP_CWORD]} path=anpr at options='' commands=''
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "$path \${COMP_WORDS[at]}" in
    ${names.join(' | ')}) path="$path \${COMP_WORDS[at]}" ;;
    esac
  done
  case $path in
${words.join('\n')}
  esac
  case $current in
  -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
  *) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
  esac
}
complete -o default -F _anpr anpr
`;
}
