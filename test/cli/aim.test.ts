// `anpr aim` beside a real agent that reads a real stream, on terminals of two widths and through a pipe.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'tap';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';
import { anpr, script } from './anpr.ts';
import { noTerminal, onTerminal, screensOf } from './terminal.ts';

test('a camera that cannot be reached says why', { skip: noFfmpeg, timeout: 240_000 }, async (t) => {
  const ANPR_CONFIG = join(t.testdir(), 'agent.yaml');
  writeFileSync(
    ANPR_CONFIG,
    'version: 1\nsite: e19\nbox: north\ncameras: [{ id: gate, url: rtsp://127.0.0.1:9/s }]\n',
  );
  const child = spawn(script, ['aim', 'gate'], {
    env: { ...process.env, ANPR_CONFIG },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [told] = await once(createInterface({ input: child.stderr }), 'line');
  t.match(told, /^gate: no pictures: .*connection refused/);
  child.kill('SIGINT');
  t.equal((await once(child, 'exit'))[0], 0);
});

test('aiming shows numbers from the stream that the agent has anyway, while it goes on reading', {
  skip: noRtspServer || noFfmpeg || noTraffic || noTerminal,
  timeout: 240_000,
}, async (t) => {
  const scene = sceneFor(t);
  const camera = await scene.camera();
  let sessions = 0;
  camera.events.on('play', () => sessions++);
  const box = scene.folder({ cameras: [{ id: 'gate', url: camera.url }] });
  const env = { ANPR_CONFIG: box.configPath };
  const agent = await box.start();
  await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');

  const wide = onTerminal(['aim', 'gate'], { env });
  const narrow = onTerminal(['aim', 'gate'], { env, columns: 40, rows: 30 });
  const lines = onTerminal(['aim', 'gate', '--json'], { env });
  await wide.until(/plate width[\s\S]*reads [1-9]/);
  await narrow.until(/plate width[\s\S]*plates pass/);
  await lines.until(/"now":\[/);
  for (const terminal of [wide, narrow]) {
    terminal.type('q');
    t.equal(await terminal.ended, 0);
  }
  lines.type('\u0003');
  t.equal(await lines.ended, 0);
  t.equal(sessions, 1, 'one session with the camera');

  for (const [terminal, columns] of [
    [wide, 80],
    [narrow, 40],
  ] as const)
    for (const screen of screensOf(terminal.text()))
      t.same(
        screen.filter((line) => [...line].length > columns),
        [],
        `nothing is wider than ${columns}`,
      );
  const reports = lines
    .text()
    .split('\r\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));
  t.ok(reports.every(({ camera: id, width }) => id === 'gate' && (width === 1920 || width === 0)));
  const measured = reports.find(({ now }) => now !== null);
  const [width] = measured.now;
  t.match(width, { name: 'width', unit: 'px', bound: 'least', limit: 104 });
  t.equal(width.verdict, width.value >= 104 ? 'good' : 'too small');
  t.notOk(/"text"|"plate"/.test(lines.text()), 'it tells of nobody who passed');

  // the cable comes off
  const unplugged = onTerminal(['aim', 'gate'], { env });
  await unplugged.until(/plate width/);
  await camera.close();
  await unplugged.until(/gate: no pictures: \S/);
  unplugged.type('q');
  t.equal(await unplugged.ended, 0);

  t.match(await anpr(['aim', 'gaet'], env), { exitCode: 2, stderr: /no camera "gaet"; did you mean gate\?/ });
  const cut = onTerminal(['aim', 'gate'], { env });
  await cut.until(/gate/);
  await agent.stop();
  t.equal(await cut.ended, 1);
  t.match(cut.text(), /connection to the agent ended/);
});
