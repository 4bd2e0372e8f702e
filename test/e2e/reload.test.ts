// The configuration is changed while the agent runs: cameras come, go and change, and the others are not touched.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { parse, stringify } from 'yaml';
import type { AgentStatus } from '../../agent/api/index.ts';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

const timeout = 480_000;
const ownAnpr = fileURLToPath(new URL('../../scripts/anpr', import.meta.url));
const cameraOf = ({ cameras }: AgentStatus, wanted: string) => cameras.find(({ id }) => id === wanted);
const streams = (status: AgentStatus, id: string) => cameraOf(status, id)?.state === 'streaming';

test('cameras come, go and change while the others go on; a wrong file changes nothing', {
  skip: noFfmpeg || noRtspServer || noTraffic,
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const [gate, exit] = await Promise.all([
    scene.camera(),
    scene.camera('--user', 'admin', '--password', 'now'),
  ]);
  const folder = scene.folder({ cameras: [{ id: 'gate', url: gate.url }] });
  const { ANPR_CONFIG } = { ANPR_CONFIG: folder.configPath };
  const agent = await folder.start();
  const before = cameraOf(await agent.until((now) => streams(now, 'gate')), 'gate')!;

  // anpr camera add: written, and taken up at once
  const passwordFile = join(folder.directory, 'secrets', 'camera-exit');
  const added = await anpr(
    ['camera', 'add', exit.url, '--id', 'exit', '--username', 'admin', '--password-stdin', '--untested'],
    { ANPR_CONFIG },
    'before\n',
  );
  t.match(added.stdout, /Added camera exit[\s\S]*Started: camera exit\./);
  await agent.until((now) => cameraOf(now, 'exit')?.state === 'refused');

  // the right password, and nothing else
  writeFileSync(passwordFile, 'now\n');
  t.match((await anpr(['config', 'reload'], { ANPR_CONFIG })).stdout, /^Started anew: camera exit\.\n$/);
  await agent.until((now) => streams(now, 'exit'));

  // a typo: the command says where, the agent goes on with what it has
  const good = readFileSync(folder.configPath, 'utf8');
  writeFileSync(folder.configPath, good.replace('cameras:', 'camreas:'));
  const refused = await anpr(['config', 'reload'], { ANPR_CONFIG });
  t.equal(refused.exitCode, 2);
  t.match(refused.stderr, /unknown key "camreas"/);
  process.kill(agent.pid, 'SIGHUP');
  const wrong = await agent.until(({ config }) => config.problem !== null);
  t.match(wrong.config.problem, /camreas/);
  t.ok(streams(wrong, 'gate') && streams(wrong, 'exit'), 'both still stream');

  // another setting of one camera, over SIGHUP; and one that has to wait
  const config = parse(good) as { cameras: Record<string, unknown>[] };
  config.cameras[1]!.looksPerSecond = 3;
  writeFileSync(folder.configPath, stringify({ ...config, log: { level: 'error' } }));
  const pid = cameraOf(wrong, 'exit')!.pid;
  process.kill(agent.pid, 'SIGHUP');
  const changed = await agent.until((now) => ![pid, null, undefined].includes(cameraOf(now, 'exit')?.pid));
  t.match(changed.config, { problem: null, atNextStart: ['log'] });

  t.match((await anpr(['camera', 'remove', 'exit'], { ANPR_CONFIG })).stdout, /Ended: camera exit\./);
  const left = await agent.status();
  t.same(
    left.cameras.map(({ id }) => id),
    ['gate'],
  );
  const after = cameraOf(left, 'gate')!;
  t.equal(after.pid, before.pid, 'the camera that did not change was not touched');
  t.ok(after.framesDecoded > before.framesDecoded, 'and has gone on');
  t.equal(await agent.stop(), 0);
});

test('a SIGHUP while the agent starts is no end of it: it looks again as soon as it runs', {
  timeout,
}, async (t) => {
  const folder = agentFolder({ cameras: [] });
  t.teardown(() => folder.close());
  const agent = spawn(ownAnpr, ['run', '--config', folder.configPath], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  t.teardown(() => agent.kill('SIGKILL'));
  const ended = once(agent, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: agent.stderr })) {
    if (said.length === 0) agent.kill('SIGHUP');
    said.push(JSON.parse(line).msg);
    if (said.at(-1) === 'configuration taken up') agent.kill('SIGTERM');
  }
  t.same(await ended, [0, null], said.join('; '));
  t.ok(said.includes('configuration taken up'), said.join('; '));
});
