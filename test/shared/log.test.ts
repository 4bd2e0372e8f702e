// Lines as journald takes them, from processes whose stderr is what JOURNAL_STREAM names, and is not.

import { spawnSync } from 'node:child_process';
import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';

const program = `
import { createLog } from '${new URL('../../agent/shared/log.ts', import.meta.url).href}';
const log = createLog('debug', { box: 'b' }).child({ stage: 'camera' });
for (const level of ['debug', 'info', 'warn', 'error']) log[level]('words');
`;

function linesOf(streamOf: (identity: string) => string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'anpr-log-'));
  try {
    const fd = openSync(join(folder, 'stderr'), 'w');
    const { dev, ino } = fstatSync(fd);
    spawnSync(process.execPath, ['--input-type=module', '-e', program], {
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

test('after a redirection it is JSON alone', async (t) => {
  for (const line of linesOf(() => '1:1')) t.match(JSON.parse(line), { msg: 'words' });
});
