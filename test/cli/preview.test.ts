// `anpr preview` as a technician meets it on a terminal, and what it says when it cannot.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';
import { anpr } from './anpr.ts';
import { noTerminal, onTerminal } from './terminal.ts';

test('without an agent it says so, and how to start one', async (t) => {
  const box = sceneFor(t).folder({ cameras: [{ id: 'gate', url: 'rtsp://127.0.0.1:1/x' }] });
  const env = { ANPR_CONFIG: box.configPath };
  t.match(await anpr(['preview', 'gate'], env), {
    exitCode: 3,
    stderr: /no agent answers at .*\n.*anpr run/,
    stdout: '',
  });
  t.match(await anpr(['preview', 'gaet'], env), {
    exitCode: 2,
    stderr: /no camera "gaet"; did you mean gate\?/,
  });
  t.match(await anpr(['preview', 'gate', '--port', '99999'], env), { exitCode: 2, stderr: /1 to 65535/ });
});

test('beside an agent it prints an address and the tunnel, another one on Enter, and ends on q', {
  skip: noRtspServer || noFfmpeg || noTraffic || noTerminal,
  timeout: 390_000,
}, async (t) => {
  const scene = sceneFor(t);
  const camera = await scene.camera();
  const box = scene.folder({ cameras: [{ id: 'gate', url: camera.url }] });
  const agent = await box.start();
  const env = {
    ANPR_CONFIG: box.configPath,
    SSH_CONNECTION: '192.0.2.9 50122 192.0.2.7 2222',
    SUDO_USER: 'anna',
  };

  const terminal = onTerminal(['preview', 'gate', '--port', '0'], { env });
  t.equal(await terminal.ended, 2, 'port 0 is none');
  const shown = onTerminal(['preview', 'gate'], { env });
  await shown.until(/another\s+address/);
  const [, port, token] = /http:\/\/127\.0\.0\.1:(\d+)\/\?token=([\w-]+)/.exec(shown.text()) ?? [];
  t.match(shown.text(), `ssh -N -L ${port}:127.0.0.1:${port} -p 2222 anna@192.0.2.7`);
  for (const line of shown.text().split('\r\n')) t.ok([...line].length <= 80, line);
  shown.type('\r');
  await shown.until(/For one more browser:[\s\S]*token=/);
  const second = shown.text().split('For one more browser')[1] ?? '';
  t.notMatch(second, String(token), 'another token');
  const status = async (address: string, cookie = '') =>
    await fetch(address, { redirect: 'manual', headers: { cookie } });
  const own = `http://127.0.0.1:${port}/?token=`;
  const entered = await status(own + token);
  t.equal(entered.status, 303);
  const cookie = entered.headers.get('set-cookie') ?? '';
  t.match(cookie, /HttpOnly; SameSite=Lax; Path=\//);
  t.equal((await status(own + token)).status, 403, 'used up');
  t.equal((await status(`${own}wrong`)).status, 403);
  const page = await status(`http://127.0.0.1:${port}/`, cookie.split(';')[0]);
  t.equal(page.status, 200);
  t.match(page.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self';/);
  shown.type('q');
  t.equal(await shown.ended, 0);
  await t.rejects(status(own), 'nothing listens any more');

  // a port that somebody else has
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const taken = String((other.address() as AddressInfo).port);
  t.match(await anpr(['preview', 'gate', '--port', taken], env), {
    exitCode: 2,
    stderr: new RegExp(`another program has port ${taken}[\\s\\S]*leave --port out`),
  });

  // an ffmpeg that was built without the encoder
  const programs = join(box.directory, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'ffmpeg'), '#!/bin/sh\necho "ffmpeg version 7.1 built without much"\n');
  chmodSync(join(programs, 'ffmpeg'), 0o755);
  t.match(await anpr(['preview', 'gate'], { ...env, PATH: `${programs}:${process.env.PATH}` }), {
    exitCode: 1,
    stderr: /without the encoder mpeg1video[\s\S]*apt install ffmpeg/,
  });

  // ended by a signal, as by a closed terminal
  const ended = onTerminal(['preview', 'gate'], { env });
  await ended.until(/token=/);
  ended.type('\u0003');
  t.equal(await ended.ended, 0);
  await agent.stop();
});
