// What the documents tell people to type exists: each command with its options, each key of the configuration, each test and
// file that is named, each link between pages.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { test } from 'tap';
import { buildProgram } from '../../agent/cli/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Not the ones that come out of the source itself. */
const MADE = new Set(['cli.md', 'configuration.md', 'doctor.md']);
const pages = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md') && !MADE.has(name))
  .map((name) => join('docs', name))
  .concat('README.md', 'SECURITY.md', 'CONTRIBUTING.md');
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** Lines of code blocks, fenced or indented, and what stands in backticks. */
function codeIn(text: string): string[] {
  const fenced = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    (block ?? '').split('\n'),
  );
  const indented = [...text.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line ?? '');
  const inline = [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code]) => code ?? '',
  );
  return [...fenced, ...indented, ...inline];
}

/** Why the words behind `anpr` cannot be typed; undefined: they can. */
function objection(program: Command, words: readonly string[]): string | undefined {
  let command = program;
  let deeper = true;
  for (const word of words) {
    if (/^[|>&;#]/.test(word)) return undefined;
    if (/^--?[a-z]/.test(word)) {
      const flag = word.split('=')[0]!;
      const known =
        ['-h', '--help', '-V', '--version'].includes(flag) ||
        command.options.some(({ short, long }) => short === flag || long === flag);
      if (!known) return `no option ${flag}`;
      deeper = false;
      continue;
    }
    const next = deeper
      ? command.commands.find((each) => each.name() === word || each.aliases().includes(word))
      : undefined;
    if (next) command = next;
    else if (
      deeper &&
      command.commands.length > 0 &&
      command.registeredArguments.length === 0 &&
      /^[a-z-]+$/.test(word)
    )
      return `no command ${word}`;
    else deeper = false;
  }
  return undefined;
}

test('each command of the documents can be typed', (t) => {
  const program = buildProgram();
  let count = 0;
  for (const page of pages)
    for (const line of codeIn(textOf(page))) {
      const typed = /^(?:sudo )?anpr ([a-z-].*)$/.exec(line.trim())?.[1];
      if (typed === undefined) continue;
      count += 1;
      const words = typed.split(/ {2,}| #|…/)[0]!.split(/\s+/);
      t.equal(objection(program, words), undefined, `${page}: anpr ${typed}`);
    }
  t.ok(count > 60, `${count} commands`);
  t.match(objection(program, ['reads', '--nonsense']), /no option/);
  t.match(objection(program, ['journal', 'nonsense']), /no command/);
  t.end();
});

/** Groups of the configuration whose keys the documents name. */
const GROUPS = /^(?:journal|evidence|uplink|cameras\[\]|metrics|audit|reads|models|watchlists)\./;
/** Codes of errors, files, and a field of the contract, which look the same. */
const NOT_KEYS = /^(?:journal\.(?:db|full|damaged)\b|audit\.action$)/;

test('each key of the configuration that the documents name exists', (t) => {
  const keys = new Set(
    [...textOf('docs/configuration.md').matchAll(/`([a-zA-Z]+(?:\[\])?(?:\.[a-zA-Z]+(?:\[\])?)*)`/g)].map(
      ([, key]) => key,
    ),
  );
  let count = 0;
  for (const page of pages)
    for (const [, name = ''] of textOf(page).matchAll(/`([a-z]+(?:\[\])?(?:\.[a-zA-Z]+(?:\[\])?)+)`/g)) {
      if (!GROUPS.test(name) || NOT_KEYS.test(name)) continue;
      count += 1;
      t.ok(keys.has(name) || [...keys].some((key) => key?.startsWith(`${name}.`)), `${page}: ${name}`);
    }
  t.ok(count > 20, `${count} keys`);
  t.end();
});

test('each file and each page that the documents on operation name is there', (t) => {
  for (const page of [
    'docs/security.md',
    'docs/privacy.md',
    'docs/operate.md',
    'docs/enrolment.md',
    'docs/metrics.md',
    'SECURITY.md',
  ]) {
    const text = textOf(page);
    for (const [, name] of text.matchAll(/`((?:test|agent|config|systemd|scripts)\/[A-Za-z0-9_./-]+)`/g))
      t.ok(existsSync(join(root, String(name))), `${page}: ${name}`);
    for (const [, name] of text.matchAll(/\]\(([^)#:]+)[^)]*\)/g))
      t.ok(existsSync(join(root, dirname(page), String(name))), `${page}: ${name}`);
  }
  t.end();
});
