// What stands at the broker, or on the publisher's disk, and is not what it should be: the centre's commands say so and go on.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { test } from 'tap';
import { presenceIn, presenceTopic } from '../../scripts/generator/group.ts';
import { openShelf } from '../../scripts/publisher/shelf.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { configured } from './generating.ts';
import { file } from './processes.ts';

const run = promisify(execFile);
const central = (...args: string[]) => run(process.execPath, [file('scripts/central.ts'), ...args]);
const STRANGE = ['not JSON', '{', 'null', '7', '[]', '{"instance":"g1"}'];

test('retained messages that are none are named and left out', { skip: noMosquitto }, async (t) => {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const client = await mqtt.connectAsync(broker.url);
  t.teardown(() => client.endAsync(true));
  const keep = (topic: string, text: string) => client.publishAsync(topic, text, { qos: 1, retain: true });
  for (const [index, text] of STRANGE.entries()) {
    await keep(presenceTopic('national', `g${index}`), text);
    await keep(`anpr/1/e19/b${index}/status`, text);
  }
  const told = { instance: 'whole', shares: 4, mine: [0], boxes: 1, reads: 1, hits: 1, lists: [], at: 'now' };
  await keep(presenceTopic('national', 'whole'), JSON.stringify(told));

  const { file: sources } = configured(t.testdir(), [
    { id: 'stolen', priority: 1, sources: [{ name: 'police', file: 'police.csv' }] },
  ]);
  const [generators, lists] = await Promise.all([
    central('generator', 'show', '--sources', sources, '--url', broker.url),
    central('watchlist', 'show', '--url', broker.url),
  ]);
  t.match(generators.stdout, 'whole: 1 of 4 shares, 1 box, 1 read, 1 hit\n');
  for (const index of STRANGE.keys()) {
    t.match(generators.stderr, `anpr-generator/national/g${index}: what is retained there is not`);
    t.match(lists.stderr, `anpr/1/e19/b${index}/status: what is retained there is no status of a box`);
  }
  t.equal(lists.stdout, '');
});

test('an instance says what it is, or is not heard', async (t) => {
  for (const text of STRANGE) t.equal(presenceIn(Buffer.from(text)), undefined, text);
});

test('a manifest on the publisher’s disk that was damaged says what to do', async (t) => {
  const state = t.testdir();
  const shelf = openShelf(state, 'stolen');
  shelf.put(3, 'manifest.json', '');
  writeFileSync(join(state, 'stolen', '3', 'whole.json'), '{"version":3');
  for (const name of ['manifest.json', 'whole.json'] as const)
    t.throws(() => shelf.manifest(3, name), {
      message: new RegExp(`3/${name} is damaged: .*Remove the folder of version 3`),
    });
});
