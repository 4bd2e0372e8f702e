// Lines as journald takes them, from processes whose stderr is what JOURNAL_STREAM names, and is not.

import { spawnSync } from 'node:child_process';
import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { fitting, MAX_LINE_BYTES } from '../../agent/shared/log-line.ts';

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
