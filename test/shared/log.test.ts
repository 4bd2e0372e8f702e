// Lines as journald takes them: from processes whose stderr is what JOURNAL_STREAM names, and is not, and through a socket of
// datagrams as journald's own is.

import { spawnSync } from 'node:child_process';
import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { fitting, MAX_LINE_BYTES } from '../../agent/shared/log-line.ts';

const ear = fileURLToPath(new URL('../fixtures/journal-socket.py', import.meta.url));
const noPython = spawnSync('python3', ['--version']).status === 0 ? false : 'needs python3';
const anpr = fileURLToPath(new URL('../../agent/cli/start.mjs', import.meta.url));

const program = `
import { createLog } from '${new URL('../../agent/shared/log.ts', import.meta.url).href}';
const log = createLog('debug', { box: 'b' }).child({ stage: 'camera' });
for (const level of ['debug', 'info', 'warn', 'error']) log[level]('words');
`;

function linesOf(streamOf: (identity: string) => string, command?: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'anpr-log-'));
  try {
    const fd = openSync(join(folder, 'stderr'), 'w');
    const { dev, ino } = fstatSync(fd);
    const args = command ? [anpr, ...command] : ['--input-type=module', '-e', program];
    spawnSync(process.execPath, args, {
      stdio: ['ignore', 'ignore', fd],
      env: { PATH: process.env.PATH, JOURNAL_STREAM: streamOf(`${dev}:${ino}`) },
    });
    return readFileSync(join(folder, 'stderr'), 'utf8').trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("under journald each line has syslog's priority before its JSON", async (t) => {
  const lines = linesOf((identity) => identity);
  t.same(
    lines.map((line) => line.slice(0, 3)),
    ['<7>', '<6>', '<4>', '<3>'],
  );
  t.match(JSON.parse(lines[3]!.slice(3)), { level: 'error', box: 'b', stage: 'camera', msg: 'words' });
});

test('what a command says last is such a line too', async (t) => {
  const [line, ...more] = linesOf((identity) => identity, ['run', '--config', '/nowhere/agent.yaml']);
  t.same(more, []);
  t.match(line, /^<3>\{/);
  t.match(JSON.parse(line!.slice(3)), { level: 'error', code: 'config.missing', msg: /nowhere/ });
});

test('no line is longer than what syslog takes, and each stays JSON', async (t) => {
  const deep = (levels: number): object => (levels === 0 ? {} : { 'down \u{1f697}': deep(levels - 1) });
  const long: [string, object][] = [
    ['a text', { msg: 'x'.repeat(100_000) }],
    ['of characters of two units', { msg: `a${'\u{1f697}'.repeat(50_000)}` }],
    ['that escapes make longer', { msg: '\n"\\'.repeat(30_000) }],
    ['many entries', { cameras: Array.from({ length: 10_000 }, (_, i) => `camera-${i}`) }],
    ['many keys', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key-${i}`, i]))],
    ['deep', deep(2000)],
  ];
  for (const [what, fields] of long) {
    const line = fitting(`${JSON.stringify({ level: 'warn', stage: 'config', ...fields })}\n`);
    t.ok(Buffer.byteLength(line) <= MAX_LINE_BYTES, `${what}: ${Buffer.byteLength(line)} bytes`);
    t.equal(line.indexOf('\n'), line.length - 1, 'one line');
    t.ok(JSON.parse(line));
    t.notMatch(line, /\ufffd|\\ud83d(?!\\ude97)/);
  }
  const short = `${JSON.stringify({ msg: 'é'.repeat(3900) })}\n`;
  t.equal(fitting(short), short, 'what fits stays as it is');
  t.equal(fitting(`${'no JSON '.repeat(2000)}\n`).length, 16_001);
});

test('after a redirection it is JSON alone', async (t) => {
  for (const line of linesOf(() => '1:1')) t.match(JSON.parse(line), { msg: 'words' });
});

/** What a program says through a journal's socket, and over stderr. */
function entriesOf(script: string, ...options: string[]) {
  const run = [ear, ...options, process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('python3', run, {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  const entries = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { entries, stderr };
}

test('an entry of the journal has what it can be found by', { skip: noPython }, async (t) => {
  const { entries, stderr } = entriesOf(program);
  t.equal(stderr, '');
  t.same(
    entries.map(({ PRIORITY }) => PRIORITY),
    ['7', '6', '4', '3'],
  );
  const { MESSAGE, ...fields } = entries[2];
  t.same(fields, { PRIORITY: '4', SYSLOG_IDENTIFIER: 'anpr', ANPR_BOX: 'b', ANPR_STAGE: 'camera' });
  t.match(JSON.parse(MESSAGE), { level: 'warn', box: 'b', stage: 'camera', msg: 'words' });
});

test('a value cannot begin a field of its own', { skip: noPython }, async (t) => {
  const script = program.replace(
    "'words'",
    "{ camera: 'a\\nPRIORITY=0', id: 7, code: 'x.y', read: '' }, 'two\\nlines'",
  );
  const { entries } = entriesOf(script);
  const { MESSAGE, ...fields } = entries[3];
  t.same(fields, {
    ...{ PRIORITY: '3', SYSLOG_IDENTIFIER: 'anpr', ANPR_BOX: 'b', ANPR_STAGE: 'camera' },
    ...{ ANPR_CODE: 'x.y', ANPR_READ: '' },
  });
  t.match(JSON.parse(MESSAGE), { camera: 'a\nPRIORITY=0', msg: 'two\nlines' });
});

test('a line that the journal does not take is said on stderr', { skip: noPython }, async (t) => {
  const { entries, stderr } = entriesOf(program, '--full');
  t.ok(entries.every(({ FILLS }) => FILLS === '1'));
  t.same(
    stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).level),
    ['debug', 'info', 'warn', 'error'],
  );
});

test('a process below gets the socket as another descriptor, and one that does not leaves others alone', {
  skip: noPython,
}, async (t) => {
  const journald = new URL('../../agent/shared/journald.ts', import.meta.url).href;
  const { entries, stderr } = entriesOf(`
import { spawnSync } from 'node:child_process';
import { journalFor, journalSocket } from '${journald}';
const say = \`${program.replace("'debug', 'info', 'warn', ", '')}\`;
const run = (stdio, env) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', say], { stdio, env: { ...process.env, ...env } });
run(['ignore', 'inherit', 'inherit', 'pipe', journalSocket()], journalFor(4));
run(['ignore', 'inherit', 'inherit', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'], {});`);
  t.match(entries, [{ PRIORITY: '3', ANPR_STAGE: 'camera' }]);
  t.equal(entries.length, 1);
  t.match(JSON.parse(stderr), { msg: 'words' });
});

test("a camera's last words go over stderr", { skip: noPython }, async (t) => {
  const { entries, stderr } = entriesOf(program.replaceAll('createLog', 'createLastLog'));
  t.same(entries, []);
  t.equal(stderr.trim().split('\n').length, 4);
});
