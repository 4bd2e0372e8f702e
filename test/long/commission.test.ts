// The yearly check: a test whose answers come from a file, compared with the report of an earlier one; and an agent that stops
// in the middle.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { test } from 'tap';
import { anpr } from '../cli/anpr.ts';
import { noFfmpeg, noRtspServer, noTraffic, notLong } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

t.setTimeout(3_600_000);

test('a year later, and cut off', {
  skip: notLong || noRtspServer || noFfmpeg || noTraffic,
}, async (t) => {
  const scene = sceneFor(t);
  const camera = await scene.camera();
  const box = scene.folder({ cameras: [{ id: 'gate', url: camera.url }] });
  const env = { ANPR_CONFIG: box.configPath };
  const agent = await box.start();
  await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');
  const out = join(box.directory, 'reports');
  const test = ['commission', 'gate', '--output', out];
  const session = join(out, '.commission-gate', 'session.json');
  const truth = join(box.directory, 'truth.csv');

  /** Records, writes down what was read as the truth, and makes the report. */
  async function report(...options: string[]) {
    const recorded = await anpr(
      [...test, '--record-only', '--passages', '2', '--by', 'An Claes', ...options],
      env,
    );
    t.match(recorded, { exitCode: 0, stdout: /Recorded: ([2-9]|\d\d) reads/ }, recorded.stderr);
    const goOn = ['Go on with: anpr', ...test, ...options.filter((each) => !/lens|12 mm/.test(each))];
    t.match(recorded.stdout, goOn.join(' '), 'with what the report needs');
    const { reads } = JSON.parse(readFileSync(session, 'utf8'));
    const rows = reads.map((read: { id: string; text: string }) => `${read.id},${read.text}`);
    writeFileSync(truth, ['read,plate', ...rows].join('\n'));
    const made = await anpr([...test, '--truth', truth, '--json', ...options], env);
    t.match(made, { exitCode: 4 }, made.stderr);
    return JSON.parse(made.stdout);
  }

  const first = await report('--lens', '12 mm');
  t.match(
    first.criteria.find(({ id }: { id: string }) => id === 'delivered'),
    { verdict: 'unmeasured' },
    'no uplink',
  );
  const json = join(out, readdirSync(out).find((name) => name.endsWith('.json'))!);
  const text = readFileSync(json, 'utf8');
  const forged = join(box.directory, 'forged.json');
  writeFileSync(forged, text.replace(/"verdict": "\w+"/, '"verdict": "pass"'));
  t.match(await anpr(['commission', '--verify', forged], env), {
    exitCode: 1,
    stdout: /NOT as it was signed/,
  });
  t.match(await anpr([...test, '--record-only', '--compare', forged], env), {
    exitCode: 1,
    stderr: /was changed/,
  });
  t.match(await anpr(['commission', '--from', json, '--language', 'fr', '--output', out], env), {
    exitCode: 0,
  });
  t.match(
    readFileSync(json.replace(/json$/, 'fr.html'), 'utf8'),
    /Procès-verbal de réception[\s\S]*anpr-seal/,
  );
  t.match(await anpr(['commission', 'gaet', '--record-only'], env), {
    exitCode: 2,
    stderr: /did you mean gate/,
  });

  const yearly = await report('--compare', json);
  t.match(yearly.comparison, { id: first.id, anpr: first.versions.anpr, sha256: first.seal.sha256 });
  t.equal(yearly.mounting.lens, '12 mm', 'the lens is still the same');
  const { rows } = yearly.comparison;
  t.ok(rows.some(({ name, before }: { name: string; before: number }) => name === 'width' && before > 60));
  const other = join(box.directory, 'other.json');
  writeFileSync(other, JSON.stringify({ ...first, camera: 'other', seal: null }));
  t.match(await anpr([...test, '--record-only', '--compare', other], env), {
    exitCode: 1,
    stderr: /test-box\/other/,
  });

  const cut = anpr([...test, '--record-only', '--minutes', '30', '--by', 'An Claes'], env);
  while (!existsSync(session) || JSON.parse(readFileSync(session, 'utf8')).segments.length === 0)
    await sleep(200);
  await agent.stop();
  t.match(await cut, { exitCode: 1, stderr: /connection to the agent ended/ });
  t.equal(JSON.parse(readFileSync(session, 'utf8')).phase, 'recording', 'it can be gone on with');
  t.match(await anpr([...test, '--record-only'], env), { exitCode: 3, stderr: /no agent answers/ });
});
