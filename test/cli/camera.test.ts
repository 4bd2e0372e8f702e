// `anpr camera` as a technician and as a script uses it, against a real RTSP server and an ONVIF responder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'tap';
import { probeCameraClock } from '../../agent/health/index.ts';
import { findKeys, usablePassword } from '../../agent/seal/index.ts';
import { shortFolder } from '../api/short-folder.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { startOnvifCamera } from '../fixtures/onvif-camera.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { anpr, script } from './anpr.ts';
import { noTerminal, onTerminal } from './terminal.ts';

const skip = noRtspServer || noFfmpeg || noTraffic;
const PASSWORD = 'gate keeper/7';

/** A box without cameras whose configuration has comments. */
function box(t: Parameters<typeof shortFolder>[0]) {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    '# keep me\nversion: 1\nsite: e19\nbox: north\napi: {socket: ./anpr.sock}\njournal: {path: ./journal.db}\n',
  );
  return { folder, file, env: { ANPR_CONFIG: file } };
}

/** As the agent opens it; in the file it is in nobody's words. */
function passwordIn(folder: string): string {
  const kept = readFileSync(join(folder, 'secrets/camera-gate'), 'utf8');
  if (!kept.startsWith('-----BEGIN ANPR SEALED PASSWORD-----')) throw new Error('it lies there in clear');
  return usablePassword(kept, () => findKeys(join(folder, 'journal.db'))!.ring);
}

async function withInput(args: string[], input: string, env: Record<string, string>) {
  const child = spawn(script, args, { stdio: 'pipe', env: { ...process.env, ...env } });
  child.stdin.end(input);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: (await ended)[0] as number, stdout, stderr };
}

test('a script probes, adds, lists and removes a camera', { skip }, async (t) => {
  const camera = await startRtspCamera(trafficClip, ['--loop', '--user', 'adm', '--password', PASSWORD]);
  t.teardown(() => camera.close());
  const { folder, file, env } = box(t);
  const login = ['--username', 'adm', '--password-stdin'];

  const right = await withInput(['camera', 'probe', camera.url, ...login], `${PASSWORD}\n`, env);
  t.match(right, { exitCode: 0, stdout: /ok {4}camera\/camera [\s\S]*digest login/ });
  const wrong = await withInput(['camera', 'probe', camera.url, ...login, '--json'], 'hunter2', env);
  t.equal(wrong.exitCode, 1);
  t.match(JSON.parse(wrong.stdout).results, [{ finding: 'login-refused' }]);
  t.notMatch(wrong.stdout + wrong.stderr, /hunter2/);

  const refused = await withInput(['camera', 'add', camera.url, '--id', 'gate', ...login], 'hunter2', env);
  t.match(refused, { exitCode: 1, stderr: /does not work, so it was not added\n.*--untested/ });
  t.notMatch(readFileSync(file, 'utf8'), /gate/);

  const pasted = camera.url.replace('://', `://adm:${encodeURIComponent(PASSWORD)}@`);
  const added = await withInput(['camera', 'add', pasted, '--id', 'gate'], '', env);
  t.match(added, { exitCode: 0, stdout: /Added camera gate to .*secrets\/camera-gate/ });
  const written = readFileSync(file, 'utf8');
  t.match(written, /^# keep me/);
  t.notMatch(written + added.stdout, /keeper/, 'the login of the address went into the file of the password');
  t.match(added.stdout, /sealed with the keys of this box/);
  t.equal(passwordIn(folder), PASSWORD);
  t.match(await anpr(['doctor', '--only', 'camera/gate'], env), { exitCode: 0 });

  const changed = await withInput(['camera', 'password', 'gate', '--password-stdin'], 'other\n', env);
  t.match(changed, { exitCode: 0, stdout: /secrets\/camera-gate, sealed/ });
  t.equal(passwordIn(folder), 'other');
  t.match(await anpr(['doctor', '--only', 'camera/gate'], env), {
    exitCode: 1,
    stdout: /401: it refuses user adm/,
  });
  t.equal(readFileSync(file, 'utf8'), written, 'the configuration stays');
  t.match(await withInput(['camera', 'password', 'gaet', '--password-stdin'], 'x', env), {
    exitCode: 2,
    stderr: /did you mean gate\?/,
  });

  t.match(
    (await anpr(['camera', 'list'], env)).stdout,
    /gate +- +rtsp:\/\/127\.0\.0\.1:\d+\/stream +adm +tcp/,
  );
  t.match(await anpr(['camera', 'remove', 'gaet'], env), { exitCode: 2, stderr: /did you mean gate\?/ });
  t.match(await anpr(['camera', 'remove', 'gate'], env), { exitCode: 0, stdout: /and its password/ });
  t.match((await anpr(['camera', 'list'], env)).stdout, /^No cameras/);
});

test('a technician is asked for what is missing, and the password is not shown', {
  skip: skip || noTerminal,
}, async (t) => {
  const camera = await startRtspCamera(trafficClip, ['--loop', '--user', 'adm', '--password', PASSWORD]);
  t.teardown(() => camera.close());
  const onvif = await startOnvifCamera({
    login: { username: 'adm', password: PASSWORD },
    streamUri: camera.url,
  });
  t.teardown(() => onvif.close());
  const { folder, file, env } = box(t);
  const terminal = onTerminal(['camera', 'add'], { env });
  await terminal.until(/Id \(letters/);
  terminal.type('no good\r');
  await terminal.until(/Letters, digits/);
  terminal.type('gate\r');
  await terminal.until(/Address \(/);
  terminal.type(`127.0.0.1:${onvif.port}\r`);
  await terminal.until(/User name \(/);
  terminal.type('adm\r');
  await terminal.until(/Password:/);
  terminal.type(`x\u007f${PASSWORD}\r`);
  await terminal.until(/Which \[1\]/);
  terminal.type('\r');
  t.equal(await terminal.ended, 0, terminal.text());
  t.match(terminal.text(), /1 {2}main H264 1920x1080 25\/s[\s\S]*Added camera gate/);
  t.notMatch(terminal.text(), /keeper/);
  t.equal(passwordIn(folder), PASSWORD);
  t.match(readFileSync(file, 'utf8'), /# keep me[\s\S]*id: gate/);
});

test('what cannot be', async (t) => {
  const { env } = box(t);
  t.match(await anpr(['camera', 'probe', 'http://192.0.2.1/'], env), {
    exitCode: 2,
    stderr: /starts with rtsp/,
  });
  t.match(await anpr(['camera', 'add'], env), {
    exitCode: 2,
    stderr: /wanted --id, and there is nobody to ask/,
  });
  t.match(await anpr(['camera', 'discover', '--interface', 'eth77'], env), {
    exitCode: 2,
    stderr: /no interface "eth77"/,
  });
  t.match(await anpr(['camera', 'add', 'rtsp://127.0.0.1:1/x', '--id', 'a', '--untested'], env), {
    exitCode: 0,
  });
});

test('a search that nobody answers says what to look at', async (t) => {
  const { exitCode, stdout } = await anpr(['camera', 'discover', '--interface', 'lo', '--seconds', '1']);
  t.equal(exitCode, 1);
  t.match(stdout, /No camera has answered/);
});

test("a camera's clock that is wrong", async (t) => {
  const { signal } = new AbortController();
  const at = async (aheadMs: number) => {
    const onvif = await startOnvifCamera({ aheadMs });
    t.teardown(() => onvif.close());
    return probeCameraClock({ id: 'gate', url: 'rtsp://127.0.0.1:1/x' }, signal, onvif.service);
  };
  t.match(await at(-7_200_000), {
    finding: 'off',
    verdict: 'warn',
    measured: /7[12]\d\d\.\d s behind \(ONVIF\)/,
  });
  t.match(await at(0), { finding: 'right' });
  const none = await probeCameraClock(
    { id: 'gate', url: 'rtsp://127.0.0.1:1/x' },
    signal,
    'http://127.0.0.1:1/',
  );
  t.match(none, { finding: 'unknown', verdict: 'ok' });
});
