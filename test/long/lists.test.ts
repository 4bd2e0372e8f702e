// Published lists in the whole agent: killed in the middle of one, a command that replaces one, what doctor and status say; and
// nothing of any entry anywhere but in the sealed file.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { test } from 'tap';
import { partTopicOf, type WatchlistManifest } from '../../agent/contract/index.ts';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { notLong } from '../fixtures/needs.ts';
import { plates, police, startPublisher } from '../lists/parts.ts';

const PLANTED = [
  '1GEHEIM7',
  '1-GEHEIM-7',
  'plantedReason',
  'plantedReference',
  'plantedInstruction',
  'X#PLANTED',
];

t.setTimeout(3_600_000);

test('an agent that is killed in the middle goes on with what it has; nothing of an entry is told', {
  skip: notLong || noMosquitto,
}, async (t) => {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const publisher = await startPublisher(t, broker.url);
  const box = agentFolder({
    uplink: { url: broker.url, reconnectSeconds: 1 },
    watchlists: {
      directory: 'lists',
      lists: [{ id: 'stolen' }, { id: 'permits', kind: 'alert-if-absent', publishers: [] }],
      publishers: [{ name: 'police', publicKey: police.publicKey }],
    },
  });
  t.teardown(box.close);
  const planted = {
    ...{ plate: '1-GEHEIM-7', reason: 'plantedReason', reference: 'plantedReference' },
    instruction: 'plantedInstruction',
  };
  // Half of the parts are there; the others come when somebody publishes them.
  await publisher.publish([planted, { plate: 'X#PLANTED' }, ...plates(1000, 1999)], {
    ...{ maxPartBytes: 1024, retain: false },
  });
  const file = join(publisher.state, 'stolen', '1', 'manifest.json');
  const manifest: WatchlistManifest = JSON.parse(readFileSync(file, 'utf8'));
  const count = manifest.contents[0]?.parts.length ?? 0;
  const send = async (from: number, to: number) => {
    for (let part = from; part <= to; part++)
      await publisher.client.publishAsync(
        partTopicOf('stolen', 1, null, part),
        readFileSync(join(publisher.state, 'stolen', '1', String(part))),
        { qos: 1, retain: true },
      );
  };
  const half = Math.floor(count / 2);
  await send(1, half);
  const first = await box.start();
  const stolen = (status: Awaited<ReturnType<typeof first.status>>) =>
    status.watchlists?.find(({ list }) => list === 'stolen');
  await first.until((status) => stolen(status)?.incoming?.received === half);
  await first.kill9();
  await broker.kill9();
  const second = await box.start();
  const kept = await second.until((status) => (stolen(status)?.incoming?.received ?? 0) > 0);
  t.match(stolen(kept)?.incoming, { version: 1, received: half, parts: count }, 'known without a broker');
  await broker.restart();
  await publisher.publish([planted, { plate: 'X#PLANTED' }, ...plates(1000, 1998)]);
  const taken = await second.until(
    (status) => stolen(status)?.version === 2 && stolen(status)?.incoming === null,
  );
  t.match(stolen(taken), { entries: 1000, leftOut: 1, badRows: [{ line: 2 }], refused: null });

  const source = join(box.directory, 'permits.csv');
  writeFileSync(source, 'plate,reason\n1-GEHEIM-7,plantedReason\nX#PLANTED,\n');
  const config = ['--config', box.configPath];
  const told = [
    await anpr(['watchlist', 'import', 'permits', source, ...config]),
    await anpr(['watchlist', 'import', 'permits', source, '--list-version', '1', ...config]),
    await anpr(['watchlist', 'import', 'permits', source, '--delta', ...config]),
  ];
  t.match(told, [{ exitCode: 0 }, { exitCode: 1, stderr: /watchlist.version-back/ }, { exitCode: 0 }]);
  await second.until((status) => status.watchlists?.[1]?.version === 2);
  const status = await anpr(['status', ...config]);
  t.match(
    status.stdout,
    /Lists +stolen: version 2, 1000 plates, in-force\n +permits: version 2, 1 plate, in-force/,
  );
  const doctor = await anpr(['doctor', '--only', 'watchlists', ...config]);
  t.match(doctor.stdout, /version 2, 1000 plates, 1 row left out/);
  t.match(doctor.stdout, /permits/);
  const audit = await anpr(['audit', '--json', ...config]);
  const lists = audit.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).payload.audit)
    .filter(({ action }) => action === 'list');
  t.match(lists, [
    { who: null, filter: { list: 'stolen', version: 2, from: 'MQTT' }, rows: 1000 },
    { who: { proven: true }, filter: { list: 'permits', version: '1', from: 'file' }, rows: 1 },
    { filter: { list: 'permits', version: '2' } },
  ]);

  await publisher.publish([], { version: 9, list: 'stolen', expiresAt: '2020-01-01T00:00:00.000Z' });
  await second.until((now) => stolen(now)?.refused?.code === 'watchlist.expired');
  const failed = await anpr(['doctor', '--only', 'watchlists', '--json', ...config]);
  t.match(failed, { exitCode: 1, stdout: /version 9 expired at/ });
  const bundle = join(box.directory, 'bundle.tar.gz');
  const log = join(box.directory, 'agent.log');
  writeFileSync(log, second.log());
  t.match(await anpr(['support-bundle', '-o', bundle, '--log', log, ...config]), { exitCode: 0 });
  const archive = execFileSync('tar', ['xzOf', bundle], { maxBuffer: 1 << 28 }).toString();
  t.match(archive, /watchlist\/stolen/);
  const everything = {
    archive,
    log: first.log() + second.log(),
    commands: [...told, status, doctor, failed, audit]
      .map(({ stdout, stderr }) => stdout + stderr)
      .join('\n'),
    disk: execFileSync('tar', ['cf', '-', '--exclude=permits.csv', '.'], {
      cwd: box.directory,
      maxBuffer: 1 << 28,
    }).toString('latin1'),
  };
  for (const [where, text] of Object.entries(everything))
    for (const secret of PLANTED) t.notOk(text.includes(secret), `${secret} in ${where}`);
  t.equal(await second.stop(), 0);
});
