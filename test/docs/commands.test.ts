// What the documents tell people to type exists: each command with its options, each key of the configuration, each test and
// file that is named, each link between pages.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { test } from 'tap';
import { parse } from 'yaml';
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

/** The configuration that stands in a page's code blocks: each block's lines from the first key on that only configurations have. */
function configurationsIn(text: string): unknown[] {
  const fenced = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
  const indented = [...text.matchAll(/(?:^ {4}\S.*\n)(?:^ {4}.*\n)*/gm)].map(([block]) =>
    block.replaceAll(/^ {4}/gm, ''),
  );
  return [...fenced, ...indented]
    .filter((block) =>
      /^(?:cameras|evidence|uplink|journal|metrics|models|audit|hits|watchlists|reads):$/m.test(block),
    )
    .map((block) => parse(block));
}

/** `a.b` and `a[].b` of a value. */
function keysOf(value: unknown, before = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => keysOf(each, `${before}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const key = before ? `${before}.${name}` : name;
    return [key, ...keysOf(inner, key)];
  });
}

test('each key of a configuration that the documents show exists', (t) => {
  const known = new Set(
    [...textOf('docs/configuration.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key),
  );
  let count = 0;
  for (const page of pages)
    for (const key of configurationsIn(textOf(page)).flatMap((shown) => keysOf(shown))) {
      count += 1;
      t.ok(known.has(key), `${page}: ${key}`);
    }
  t.ok(count > 8, `${count} keys`);
  t.end();
});

/** A script's own text with that of everything below scripts/ that it imports; a Python one's folder. */
function sourceOf(script: string): string {
  const seen = new Set<string>();
  const read = (path: string): string => {
    if (seen.has(path) || !statSync(join(root, path), { throwIfNoEntry: false })?.isFile()) return '';
    seen.add(path);
    const text = textOf(path);
    const inner = [...text.matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)]
      .map(([, one, other]) => join(dirname(path), one ?? other ?? ''))
      .filter((each) => /^(?:scripts|agent\/cli)\//.test(each));
    return text + inner.map(read).join('');
  };
  if (script === 'scripts/render-traffic') return textOf('scripts/traffic/__main__.py');
  return read(script) + read(`${script}.ts`);
}

test('each script of the documents is there, with the options that are shown', (t) => {
  const program = buildProgram();
  let count = 0;
  for (const page of pages)
    for (const line of codeIn(textOf(page))) {
      for (const [typed = '', script = '', rest = ''] of line.matchAll(
        /(?:^|\| )(?:node )?(scripts\/[a-z/-]+(?:\.ts)?)([^|#>…]*)/g,
      )) {
        count += 1;
        const words = rest.trim().split(/\s+/);
        if (script === 'scripts/anpr') {
          t.equal(objection(program, words), undefined, `${page}: ${typed}`);
          continue;
        }
        if (!t.ok(existsSync(join(root, script)), `${page}: ${script}`)) continue;
        const source = sourceOf(script);
        for (const flag of words.flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? []))
          t.ok(source.includes(flag), `${page}: ${script} ${flag}`);
      }
    }
  t.ok(count > 40, `${count} scripts`);
  t.end();
});

test('each file and each page that the documents name is there', (t) => {
  for (const page of pages) {
    const text = textOf(page);
    for (const [, name = ''] of text.matchAll(
      /`((?:test|agent|config|systemd|scripts|models|docs)\/[A-Za-z0-9_./-]+)`/g,
    ))
      if (!name.includes('/.')) t.ok(existsSync(join(root, name)), `${page}: ${name}`);
    for (const [, name = ''] of text.matchAll(/\]\((?!\w+:)([^)#]+)[^)]*\)/g))
      t.ok(existsSync(join(root, dirname(page), name)), `${page}: ${name}`);
  }
  t.end();
});
