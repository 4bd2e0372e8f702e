// Commands beside a real agent that reads a real stream: what it sees, what it read, live on a terminal; and the same
// commands once it has stopped.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'tap';
import { agentFolder } from '../fixtures/agent.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { anpr } from './anpr.ts';
import { noTerminal, onTerminal, screensOf } from './terminal.ts';

test('a technician beside the agent: snapshot, watch, reads, one read and its pictures', {
  skip: noRtspServer || noFfmpeg || noTraffic || noTerminal,
}, async (t) => {
  const camera = await startRtspCamera(trafficClip, ['--loop']);
  t.teardown(() => camera.close());
  let sessions = 0;
  camera.events.on('play', () => sessions++);
  const box = agentFolder({ cameras: [{ id: 'gate', url: camera.url }] });
  t.teardown(() => box.close());
  const env = { ANPR_CONFIG: box.configPath };
  const agent = await box.start();
  await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');
  const watching = onTerminal(['watch'], { env });

  const file = join(box.directory, 'gate.jpg');
  t.match(await anpr(['snapshot', 'gate', '-o', file], env), {
    exitCode: 0,
    stderr: '',
    stdout: /from the agent's stream/,
  });
  t.match(await sharp(file).metadata(), { format: 'jpeg', width: 1920, height: 1080 });
  t.equal(sessions, 1, 'one session: the picture is from the stream that the agent has anyway');
  t.match(await anpr(['snapshot', 'gaet'], env), {
    exitCode: 2,
    stderr: /no camera "gaet"; did you mean gate\?/,
  });

  await agent.until(({ journal }) => journal.records > 1);
  const [read] = (await anpr(['reads', '--json'], env)).stdout.trim().split('\n');
  const { id, text } = JSON.parse(read!);
  await watching.until(new RegExp(`streaming[\\s\\S]*1920x1080[\\s\\S]*${text}`));
  watching.type('q');
  t.equal(await watching.ended, 0);
  const drawn = screensOf(watching.text());
  const screen = drawn.find(
    (lines) =>
      /streaming +1920x1080[\s\S]*PLATE/.test(lines.join('\n')) && lines.some((line) => line.includes(text)),
  )!;
  t.match(
    screen.join('\n'),
    /test-site\/test-box.*uplink off[\s\S]*gate +streaming +1920x1080 [\d.]+\/s[\s\S]*PLATE/,
  );
  for (const lines of drawn)
    t.same(
      lines.filter((line) => line.length > 80),
      [],
      'nothing is wider than 80',
    );
  t.ok(screen.length <= 24, `${screen.length} lines`);

  const csv = (await anpr(['reads', '--csv', '--plate', `${text.slice(0, 2)}*`], env)).stdout
    .trim()
    .split('\n');
  t.match(csv[0], /^id,captured_at,camera,plate,country,confidence/);
  t.match(
    csv.find((line) => line.startsWith(id)),
    new RegExp(`,gate,${text},`),
  );
  t.match(await anpr(['reads', '--csv', '--json'], env), { exitCode: 2, stderr: /cannot be used with/ });

  const pictures = join(box.directory, 'pictures');
  t.match(await anpr(['reads', 'show', id], env), { exitCode: 0, stdout: new RegExp(`Plate +${text}`) });
  t.match(await anpr(['reads', 'show', id, '--save', pictures], env), { exitCode: 0 });
  t.same(readdirSync(pictures).sort(), [`${id}-overview.jpg`, `${id}-plate.jpg`]);
  t.match(await anpr(['reads', 'show', 'none'], env), { exitCode: 1, stderr: /no read with id none/ });
  const remote = { ...env, DISPLAY: '', WAYLAND_DISPLAY: '', TMPDIR: box.directory };
  const noScreen = await anpr(['reads', 'show', id, '--open'], remote);
  t.match(noScreen, { exitCode: 2, stderr: /no screen here.*\n.*scp THIS-BOX:/ });

  const stopped = onTerminal(['watch'], { env });
  await stopped.until(/streaming/);
  await agent.stop();
  await stopped.until(/waiting for the agent/);
  stopped.type('\u0003');
  t.equal(await stopped.ended, 0, 'Ctrl-C ends it, also while the agent is away');

  t.match(JSON.parse((await anpr(['reads', 'show', id, '--json'], env)).stdout), { id, text });
  const own = join(box.directory, 'own.jpg');
  t.match(await anpr(['snapshot', 'gate', '-o', own], env), { exitCode: 0, stdout: /from the camera/ });
  t.equal(sessions, 2);
  await camera.close();
  const gone = await anpr(['snapshot', 'gate', '-o', join(box.directory, 'gone.jpg')], env);
  t.match(gone, { exitCode: 1, stderr: /gives no picture.*\n.*anpr doctor --only camera\/gate/ });
  t.notOk(existsSync(join(box.directory, 'gone.jpg')));
  t.ok(readFileSync(own).length > 10_000);
});
