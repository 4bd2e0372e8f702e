// The doctor on a terminal of 80x24, with and without colours, again and again; and behind a firewall that drops.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { startApi } from '../../agent/api/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { handlersOf, status } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { script } from './anpr.ts';
import { noTerminal, onTerminal, screensOf } from './terminal.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
const COLOUR = /\u001b\[3[0-9]m/;
const BOX = ['system', 'time-zone', 'memory', 'configuration', 'agent', 'versions'];

function box(t: Parameters<typeof shortFolder>[0], more = '') {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    `version: 1\nsite: e19\nbox: north\napi: {socket: ./anpr.sock}\njournal: {path: ./journal.db}\n${more}`,
  );
  return { folder, file, env: { ANPR_CONFIG: file } };
}

/** What a person sees in the end: a line that was written over is gone. */
const linesOf = (text: string) =>
  screensOf(text)
    .flat()
    .map((line) => line.split('\r').at(-1)!);

test('a live list on a terminal, with colours, within 80 columns', { skip: noTerminal }, async (t) => {
  const { env } = box(t);
  const terminal = onTerminal(['doctor', '--only', ...BOX], { env });
  t.equal(await terminal.ended, 4, 'no agent runs: something to look at');
  const text = terminal.text();
  t.match(text, /… \d+ s, \d+ to go: /, 'who is at work');
  t.match(text, COLOUR);
  const lines = linesOf(text);
  t.match(lines.join('\n'), /^warn {2}agent[\s\S]*→ Start it with systemctl/m);
  t.match(lines.join('\n'), /\d ok, \d to look at/);
  t.same(
    lines.filter((line) => line.length > 80),
    [],
  );
});

test('without colours where nobody wants them', { skip: noTerminal }, async (t) => {
  const { env } = box(t);
  const terminal = onTerminal(['doctor', '--only', ...BOX], { env: { ...env, NO_COLOR: '1' } });
  await terminal.ended;
  t.notMatch(terminal.text(), COLOUR);
  t.match(linesOf(terminal.text()).join('\n'), /^warn {2}agent/m);
});

test('--watch draws again on 24 lines until q, and ends with the last verdict', {
  skip: noTerminal,
}, async (t) => {
  const { folder, env } = box(t);
  const terminal = onTerminal(['doctor', '--watch', '1', '--only', ...BOX], { env });
  await terminal.until(/no agent answers/);
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({ status: async () => ({ ...status, cameras: [] }) }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());
  await terminal.until(/pid 4711/);
  terminal.type('q');
  const exitCode = await terminal.ended;
  t.ok(exitCode === 0 || exitCode === 4, `${exitCode}`);
  for (const lines of screensOf(terminal.text()).slice(1)) {
    t.ok(lines.length <= 25, `${lines.length} lines`);
    t.same(
      lines.filter((line) => line.length > 80),
      [],
    );
  }
});

test('--watch without a terminal prints what changes, JSON a line a round', async (t) => {
  const { env } = box(t);
  const child = spawn(script, ['doctor', '--watch', '1', '--only', 'memory', 'system', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit');
  let text = '';
  for await (const part of child.stdout.setEncoding('utf8')) {
    text += part;
    if (text.split('\n').length > 2) child.kill('SIGINT');
  }
  await ended;
  for (const line of text.trim().split('\n'))
    t.match(JSON.parse(line), { at: String, results: [{ id: 'system' }, { id: 'memory' }] });
});

const noNamespace: string | false =
  spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'port0', 'type', 'veth', 'peer', 'name', 'far']).status ===
  0
    ? false
    : 'needs root and network namespaces with veth';

test('a firewall that drops every packet, a camera without power', { skip: noNamespace }, async (t) => {
  const { file } = box(
    t,
    "cameras: [{id: gate, url: 'rtsp://10.7.0.8/x'}]\nuplink: {url: 'mqtts://10.7.0.9'}\n",
  );
  // The far end takes what is sent to 10.7.0.9 and says nothing; 10.7.0.8 does not even answer for its address.
  const inside = `
    ip link set lo up
    ip link add port0 type veth peer name far
    ip addr add 10.7.0.2/24 dev port0; ip link set port0 up; ip link set far up
    ip neigh add 10.7.0.9 lladdr 02:00:00:00:00:09 dev port0 nud permanent
    exec "$0" doctor --only camera broker path --json --config "$1" || true`;
  const { stdout, status: exitCode } = spawnSync('unshare', ['-n', 'sh', '-ec', inside, script, file], {
    encoding: 'utf8',
  });
  t.equal(exitCode, 1);
  const { results } = JSON.parse(stdout);
  t.match(results, [
    { id: 'camera/gate', finding: 'unreachable', verdict: 'fail', advice: /power and cable.*10\.7\.0\.8/ },
    { id: 'path', finding: 'unreachable', verdict: 'fail' },
    { id: 'broker', finding: 'unreachable', verdict: 'fail', advice: /TCP port 8883 to 10\.7\.0\.9/ },
  ]);
});
