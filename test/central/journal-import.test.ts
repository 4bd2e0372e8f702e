// An export that was carried to the centre goes through its broker into the consumer, each record once, however often.

import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'tap';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { exportLines, openJournal } from '../../agent/journal/index.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { anpr } from '../cli/anpr.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { ADDRESS, AT_MS, newRead, silent } from '../journal/records.ts';
import { readPayload } from '../uplink/read-payload.ts';
import { file, shows, startable } from './processes.ts';

const READS = 30;

/** An export of so many reads, the first with a picture. */
async function exported(folder: string) {
  const keys = newRing();
  const journal = await openJournal({ path: join(folder, 'j.db'), log: silent, address: ADDRESS, keys });
  const store = createEvidenceStore({ directory: join(folder, 'evidence'), keys });
  for (let n = 0; n < READS; n++) {
    const payload = readPayload();
    const jpeg = Buffer.from(`picture ${n}`);
    const { sha256, sizeBytes } = await store.put(payload.id, 'plate', AT_MS, jpeg);
    const pictures = n === 0 ? [{ kind: 'plate' as const, at: AT_MS, sizeBytes, sha256 }] : [];
    await journal.append(newRead(n, { id: payload.id, payload: { ...payload }, pictures, at: AT_MS }));
  }
  const lines: string[] = [];
  for await (const line of exportLines(
    { exportPage: journal.exportPage, picture: store.get },
    { pictures: true },
  ))
    lines.push(line);
  await journal.close();
  return { lines, key: openRing(keys).current.publicKey };
}

test('a file goes through the broker into the consumer, twice, and is there once', {
  skip: noMosquitto,
  timeout: 240_000,
}, async (t) => {
  const folder = t.testdir();
  const { lines, key } = await exported(folder);
  const path = join(folder, 'export.jsonl.gz');
  writeFileSync(path, gzipSync(`${lines.slice(0, -1).join('\n')}\n`));
  const broker = await startMosquitto({ config: ['max_queued_messages 0'] });
  t.teardown(() => broker.stop());
  const database = join(folder, 'central.db');
  const central = startable(
    t,
    [file('scripts/central.ts'), 'listen', '--url', broker.url, '--database', database],
    'listening',
  );
  await central.start();
  await central.ready();
  for (const round of [1, 2]) {
    const sent = await anpr(['journal', 'import', path, '--broker', broker.url, '--key', key]);
    t.match(sent, { exitCode: 0, stdout: `Sent ${READS + 1} records and 1 picture.` }, `round ${round}`);
  }
  const told = await shows(
    database,
    ({ duplicates, pictures }) => duplicates === READS + 1 && pictures === 1,
  );
  t.match(told, {
    outOfOrder: 0,
    conflicts: 0,
    invalid: 0,
    epochs: [{ missing: [], types: { read: READS, audit: 1 } }],
  });
});

test('a broker that goes away is told in a sentence, whenever it does', async (t) => {
  const folder = t.testdir();
  const { lines } = await exported(folder);
  const path = join(folder, 'export.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const accepted = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);
  let packets = 0;
  const broker = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      if (packets === 0) socket.end();
      else if (packets === 1) socket.write(accepted);
      else socket.destroy();
      packets++;
    });
  }).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  t.teardown(() => broker.close());
  const address = `mqtt://somebody:geheim@127.0.0.1:${(broker.address() as AddressInfo).port}`;
  const run = () => anpr(['journal', 'import', path, '--broker', address]);

  const before = await run();
  t.match(before, {
    exitCode: 1,
    stderr: /cannot be had: the broker closed the connection[\s\S]*import\.broker/,
  });
  t.notMatch(before.stderr, /geheim/);
  const amidst = await run();
  t.match(amidst, { exitCode: 1, stderr: /the broker has gone[\s\S]*run this again[\s\S]*import\.refused/ });
  t.notMatch(amidst.stderr, /unexpected|at .*\.ts:/);
});

test('of a file that is not as it should be nothing is sent', async (t) => {
  const folder = t.testdir();
  const { lines } = await exported(folder);
  const path = join(folder, 'export.jsonl');
  const write = (changed: string[]) => writeFileSync(path, `${changed.join('\n')}\n`);
  const nowhere = ['--broker', 'mqtt://127.0.0.1:9'];
  const run = (...more: string[]) => anpr(['journal', 'import', path, ...nowhere, ...more]);

  write(lines.with(5, lines[5]!.replace('"box":"north"', '"box":"south"')));
  t.match(await run(), { exitCode: 1, stderr: /not as the box left it[\s\S]*export\.breaks/ });
  t.match(await run('--despite-breaks'), { exitCode: 1, stderr: /import\.broker/ }, 'that far it comes then');

  write(lines);
  appendFileSync(path, lines[3]!.slice(0, 40));
  t.match(await run(), { exitCode: 1, stderr: /line 33: wanted a message[\s\S]*export\.broken/ });

  for (const [line, why] of [
    ['null', 'found no object'],
    ['7', 'found no object'],
    [lines[3]!.replace('{', '{"pictures":7,'), 'the pictures in it are not as an export has them'],
    [lines[3]!.replace('{', '{"pictures":[{"kind":"plate"}],'), 'the pictures in it are not as an export'],
  ] as const) {
    write(lines.with(4, line));
    t.match(await run('--despite-breaks'), { exitCode: 1, stderr: why }, line.slice(0, 20));
  }

  const first = lines.findIndex((line) => line.includes('"jpeg"'));
  write(lines.with(first, lines[first]!.replace('"jpeg":"', '"jpeg":"AAAA')));
  t.match(await run(), { exitCode: 1, stderr: /the plate picture is not what the record's hash says/ });

  writeFileSync(path, gzipSync(readFileSync(path)).subarray(0, 200));
  t.match(await run(), { exitCode: 2, stderr: /wanted an export/ });
  t.match(await anpr(['journal', 'import', '/nonexistent', ...nowhere]), {
    exitCode: 2,
    stderr: /no such file/,
  });
});
