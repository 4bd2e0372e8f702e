// A list on its way from its publisher to a box, over a real broker: it comes whole, it goes on after a cut, it changes by
// changes, and what is wrong with it leaves the version in force where it is.

import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Aedes } from 'aedes';
import { test } from 'tap';
import { partTopicOf, type WatchlistManifest, watchlistTopicOf } from '../../agent/contract/index.ts';
import { signedText } from '../../agent/lists/index.ts';
import { openRing } from '../../agent/seal/index.ts';
import { importList, listPath, OWN_COLUMNS } from '../../agent/watchlist/index.ts';
import { cut, hashOf } from '../../scripts/publisher/content.ts';
import { serveParts } from '../../scripts/publisher/serve.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { startProxy } from '../uplink/proxy.ts';
import { plates, police, ring, startBox, startPublisher, stranger } from './parts.ts';

const skip = noMosquitto;

async function broker(t: Parameters<typeof startBox>[0], config: string[] = []) {
  const mosquitto = await startMosquitto({ config });
  t.teardown(() => mosquitto.stop());
  return mosquitto;
}

test('a list comes, changes by changes, and each version is told and noted', { skip }, async (t) => {
  const { url } = await broker(t);
  const publisher = await startPublisher(t, url);
  const box = await startBox(t, { url });
  t.match(box.status(), { state: 'none', version: null, incoming: null, refused: null });
  await publisher.publish(plates(100, 399), { maxPartBytes: 1024, bestBefore: '2999-01-01T00:00:00.000Z' });
  t.match(await box.until(({ version }) => version === 1), {
    state: 'in-force',
    entries: 300,
    bestBefore: '2999-01-01T00:00:00.000Z',
  });
  await publisher.publish([...plates(103, 399), ...plates(700, 701, { reason: 'new' })]);
  t.match(await box.until(({ version }) => version === 2), { entries: 299, leftOut: 0 });
  await box.until(() => box.notes.length === 2);
  t.match(box.notes, [
    { filter: { list: 'stolen', version: 1, from: 'MQTT', publisher: police.id }, rows: 300 },
    { filter: { version: 2, from: 'changes over MQTT' }, rows: 299 },
  ]);
  t.match(
    box.changes.map(({ state, reason }) => `${state}: ${reason}`),
    ['in-force: version 1: 300 plates, 0 patterns', 'in-force: version 2: 299 plates, 0 patterns'],
  );
  t.same(readdirSync(join(box.directory, 'incoming', 'stolen')), [], 'parts that were taken over are gone');

  await publisher.publish([], {});
  t.match(
    await box.until(({ version }) => version === 3),
    { entries: 0, refused: null },
    'meant to be empty',
  );
});

test('a box that comes later, and one that was away, have it all the same', { skip }, async (t) => {
  const { url } = await broker(t);
  const publisher = await startPublisher(t, url);
  await publisher.publish(plates(100, 199));
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 1);
  await box.close();
  // More versions than are kept to make changes from.
  for (let n = 0; n < 5; n++) await publisher.publish(plates(101 + n, 199));
  const again = await startBox(t, { url, directory: box.directory });
  t.match(await again.until(({ version }) => version === 6), { entries: 95 });
  await again.until(() => again.notes.length > 0);
  t.match(again.notes, [{ filter: { from: 'MQTT' } }], 'the whole list, for what it had is too old');
});

test('cut in the middle: parts that came are kept over connections and restarts', { skip }, async (t) => {
  const { port, url } = await broker(t);
  const publisher = await startPublisher(t, url);
  const proxy = await startProxy(t, port);
  await publisher.publish(plates(1000, 2999), { maxPartBytes: 1024 });
  const box = await startBox(t, { url: proxy.url });
  let cuts = 0;
  const cutter = async () => {
    for (const at of [2, 5, 9]) {
      await box.until(({ incoming, version }) => version === 1 || (incoming?.received ?? 0) >= at);
      proxy.cut();
      cuts++;
    }
  };
  await cutter();
  proxy.shut();
  const { incoming } = box.status();
  t.ok(incoming && incoming.received >= 9 && incoming.received < incoming.parts, JSON.stringify(incoming));
  await box.close();
  const restarted = await startBox(t, { url: proxy.url, directory: box.directory });
  const kept = await restarted.until((status) => status.incoming !== null);
  t.ok((kept.incoming?.received ?? 0) >= 9, 'known without the broker');
  proxy.open();
  t.match(await restarted.until(({ version }) => version === 1), { entries: 2000, refused: null });
  t.equal(cuts, 3);
});

test('parts lie sealed on the disk, and one that was damaged there comes again', { skip }, async (t) => {
  const { port, url } = await broker(t);
  const publisher = await startPublisher(t, url);
  const proxy = await startProxy(t, port);
  await publisher.publish(plates(1000, 2999, { reason: 'PLAINTEXT' }), { maxPartBytes: 1024 });
  const box = await startBox(t, { url: proxy.url });
  await box.until(({ incoming }) => (incoming?.received ?? 0) >= 3);
  proxy.shut();
  await box.close();
  const incoming = join(box.directory, 'incoming', 'stolen', '1');
  const [first = '', second = ''] = readdirSync(incoming);
  const bytes = readFileSync(join(incoming, first));
  t.not(bytes.readUInt16BE(0), 0x1f8b, 'no gzip to be unpacked');
  bytes[40]! ^= 1;
  writeFileSync(join(incoming, first), bytes);
  writeFileSync(join(incoming, second), 'half');
  proxy.open();
  const again = await startBox(t, { url: proxy.url, directory: box.directory });
  t.match(await again.until(({ version }) => version === 1), { entries: 2000 });
  for (const name of readdirSync(again.directory, { recursive: true }).map(String)) {
    const path = join(again.directory, name);
    if (statSync(path).isFile()) t.notOk(readFileSync(path).includes('PLAINTEXT'), name);
  }
});

test('parts that the broker does not keep are asked for, and the whole list too', { skip }, async (t) => {
  const { url } = await broker(t);
  const publisher = await startPublisher(t, url);
  const asked: string[] = [];
  await serveParts(publisher.client, publisher.state, (text) => asked.push(text));
  await publisher.publish(plates(1000, 1999), { maxPartBytes: 1024, retain: false });
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 1);
  t.match(asked[0], /e19\/north asks for stolen 1: \d+ parts sent/);
  // Another box has nothing that changes would fit.
  await publisher.publish(plates(1001, 1999), { changesOnly: true });
  t.match(await box.until(({ version }) => version === 2), { entries: 999 });
  const late = await startBox(t, { url, box: 'late' });
  t.match(await late.until(({ version, refused }) => version === 2 && refused === null), { entries: 999 });
  t.match(asked.join('\n'), /the whole list is offered now/);
  t.match(late.changes[0], { state: 'refused', reason: /watchlist.base-missing/ }, 'and the centre was told');
});

test('a part that never comes is told, and the version in force stays', { skip }, async (t) => {
  const { url } = await broker(t);
  const publisher = await startPublisher(t, url);
  await publisher.publish(plates(100, 199));
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 1);
  await publisher.publish(plates(1000, 1999), { retain: false });
  const status = await box.until(({ refused }) => refused !== null);
  t.match(status, { version: 1, refused: { code: 'watchlist.parts-missing', version: 2 } });
});

/** What an attacker or a mistake makes of a manifest. */
test('what is wrong is refused with what it is, and the version in force stays', { skip }, async (t) => {
  const { url } = await broker(t);
  const { client, publish, state } = await startPublisher(t, url);
  await publish(plates(100, 199), { version: 5 });
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 5);
  const good: WatchlistManifest = JSON.parse(
    readFileSync(join(state, 'stolen', '5', 'manifest.json'), 'utf8'),
  );
  const signed = (change: object, key = police) => {
    const { signature: _, ...manifest } = { ...good, version: 6, keyId: key.id, ...change };
    return JSON.stringify({ ...manifest, signature: key.sign(signedText(manifest)) });
  };
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const whole = good.contents[0]!;
  const cases: [what: string, payload: string, code: string][] = [
    ['no JSON', '{', 'manifest'],
    ['a deep hole', '['.repeat(100_000), 'manifest'],
    ['too large', `"${'x'.repeat(2 ** 20)}"`, 'manifest'],
    ['no manifest', '{"schema":1}', 'manifest'],
    [
      'parts larger than allowed',
      signed({ contents: [{ ...whole, parts: [{ ...whole.parts[0], sizeBytes: 1e6 }] }] }),
      'manifest',
    ],
    ['changed after it was signed', JSON.stringify({ ...good, version: 6 }), 'signature'],
    [
      'a signature of something else',
      JSON.stringify({ ...JSON.parse(signed({})), signature: good.signature }),
      'signature',
    ],
    ['a stranger', signed({}, stranger), 'unknown-publisher'],
    ['another list', signed({ list: 'permits' }), 'other-list'],
    ['an old version', signed({ version: 4 }), 'version-back'],
    [
      'other content under the same number',
      signed({ version: 5, listSha256: 'a'.repeat(64) }),
      'version-taken',
    ],
    ['from the future', signed({ publishedAt: later }), 'clock'],
    ['expired', signed({ expiresAt: '2026-01-01T00:00:00.000Z' }), 'expired'],
    ['100 million rows', signed({ contents: [{ ...whole, rows: 100_000_000 }] }), 'too-large'],
  ];
  for (const [what, payload, code] of cases) {
    await client.publishAsync(watchlistTopicOf('stolen'), payload, { qos: 1, retain: true });
    const status = await box.until(({ refused }) => refused?.code === `watchlist.${code}`);
    t.match(status, { version: 5, entries: 100, state: 'in-force' }, what);
    t.notMatch(status.refused?.message, /1ABC/, what);
  }
  await client.publishAsync(watchlistTopicOf('stolen'), '', { qos: 1, retain: true });
  await client.publishAsync(watchlistTopicOf('stolen'), JSON.stringify(good), { qos: 1, retain: true });
  t.match(
    await box.until(({ refused }) => refused === null),
    { version: 5 },
    'the right one again: all is well',
  );
});

test('parts that are not what the manifest says, and rows that are none', { skip }, async (t) => {
  const { url } = await broker(t);
  const { client, publish, state } = await startPublisher(t, url);
  await publish(plates(100, 199));
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 1);
  const good: WatchlistManifest = JSON.parse(
    readFileSync(join(state, 'stolen', '1', 'manifest.json'), 'utf8'),
  );
  let version = 1;
  /** Signed, whatever stands in it. */
  async function send(part: Buffer, plainBytes: number, sha256 = hashOf(part), rows = 1): Promise<void> {
    version++;
    const { signature: _, ...manifest } = {
      ...good,
      version,
      listSha256: hashOf(String(version)),
      contents: [{ base: null, rows, parts: [{ sizeBytes: part.byteLength, plainBytes, sha256 }] }],
    };
    await client.publishAsync(partTopicOf('stolen', version, null, 1), part, { qos: 1, retain: true });
    const text = JSON.stringify({ ...manifest, signature: police.sign(signedText(manifest)) });
    await client.publishAsync(watchlistTopicOf('stolen'), text, { qos: 1, retain: true });
  }
  const refusedWith = async (code: string, what: string) => {
    const status = await box.until(({ refused }) => refused?.code === code && refused.version === version);
    t.match(status, { version: 1, entries: 100 }, what);
    t.notMatch(status.refused?.message, /X#|1ABC/, what);
    return status.refused?.message;
  };
  const part = gzipSync('{"plate":"1ABC100"}\n');
  await send(part, 20, 'a'.repeat(64));
  await refusedWith('watchlist.part', 'another SHA-256');
  await send(gzipSync(Buffer.alloc(50_000_000)), 20);
  await refusedWith('watchlist.part-unpacks', 'a zip bomb');
  await send(part, 21);
  await refusedWith('watchlist.part-unpacks', 'less than it says');
  await send(Buffer.from('no gzip at all'), 20);
  await refusedWith('watchlist.part-unpacks', 'no gzip');
  const wrong = plates(100, 199).map(({ plate }, n) =>
    JSON.stringify({ plate: n % 5 === 0 ? 'X#1' : plate }),
  );
  const { parts, content } = cut(wrong, null);
  await send(parts[0]!, content.parts[0]!.plainBytes, undefined, 100);
  t.match(
    await refusedWith('watchlist.bad-rows', 'rows'),
    /20 of 100 rows cannot be taken \(line 1: plate: a char/,
  );
  await send(gzipSync('{"plate":"1ABC100","colour":"red"}\n'), 35);
  await refusedWith('watchlist.unknown-column', 'a column that nobody knows');
  t.ok(box.changes.filter(({ state }) => state === 'refused').length >= 6, 'the centre is told of each');

  const few = plates(100, 199).map(({ plate }, n) => JSON.stringify({ plate: n === 7 ? 'X#1' : plate }));
  const fine = cut(few, null);
  await send(fine.parts[0]!, fine.content.parts[0]!.plainBytes, undefined, 100);
  t.match(
    await box.until(
      (status) => status.version === version && status.refused === null && status.badRows.length > 0,
    ),
    {
      entries: 99,
      leftOut: 1,
      badRows: [{ line: 8, reason: 'plate: a character that no plate has' }],
      refused: null,
    },
  );
});

test('changes that do not fit after all: the whole list is taken', { skip }, async (t) => {
  const { url } = await broker(t);
  const { client, publish, state } = await startPublisher(t, url);
  await publish(plates(100, 399));
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 1);
  await publish(plates(101, 399));
  await box.until(({ version }) => version === 2);
  const file = join(state, 'stolen', '2', 'manifest.json');
  const made: WatchlistManifest = JSON.parse(readFileSync(file, 'utf8'));
  const missing = Array.from({ length: 20 }, (_, n) =>
    JSON.stringify({ action: 'remove', plate: `9ZZ${n + 10}` }),
  );
  const delta = cut(missing, { version: 2, listSha256: made.listSha256 });
  const whole = made.contents.find(({ base }) => base === null)!;
  const { signature: _, ...manifest } = {
    ...made,
    version: 3,
    listSha256: 'b'.repeat(64),
    contents: [whole, delta.content],
  };
  await client.publishAsync(partTopicOf('stolen', 3, 2, 1), delta.parts[0]!, { qos: 1, retain: true });
  const wholePart = readFileSync(join(state, 'stolen', '2', '1'));
  await client.publishAsync(partTopicOf('stolen', 3, null, 1), wholePart, { qos: 1, retain: true });
  await client.publishAsync(
    watchlistTopicOf('stolen'),
    JSON.stringify({ ...manifest, signature: police.sign(signedText(manifest)) }),
    { qos: 1, retain: true },
  );
  t.match(await box.until(({ version, refused }) => version === 3 && refused === null), { entries: 299 });
  await box.until(() => box.notes.length === 3);
  t.match(box.notes.at(-1), { filter: { from: 'MQTT' } });
});

test('an expired version goes, and an old one does not come back for it', { skip }, async (t) => {
  const { url } = await broker(t);
  const { client, publish, state } = await startPublisher(t, url);
  const begun = Date.now();
  const after = (minutes: number) => begun + minutes * 60_000;
  const at = (minutes: number) => new Date(after(minutes)).toISOString();
  await publish(plates(100, 199), { version: 7, bestBefore: at(10), expiresAt: at(20) });
  let now = begun;
  const box = await startBox(t, { url, now: () => now });
  t.match(await box.until(({ version }) => version === 7), { state: 'in-force' });
  now = after(11);
  t.match(await box.until(({ state }) => state === 'overdue'), { version: 7, entries: 100 }, 'it works on');
  now = after(21);
  await box.until(({ state }) => state === 'none');
  t.notOk(readdirSync(box.directory).includes('stolen.db'), 'its entries are gone');
  await box.until(() => box.changes.at(-1)?.state === 'expired' && box.notes.length === 2);
  t.match(box.notes.at(-1), { filter: { version: 7, from: 'expired' } });
  const old: WatchlistManifest = JSON.parse(
    readFileSync(join(state, 'stolen', '7', 'manifest.json'), 'utf8'),
  );
  const { signature: _, ...manifest } = { ...old, version: 6, expiresAt: null };
  const text = JSON.stringify({ ...manifest, signature: police.sign(signedText(manifest)) });
  await client.publishAsync(watchlistTopicOf('stolen'), text, { qos: 1, retain: true });
  await box.until(({ refused }) => refused?.code === 'watchlist.version-back');
  await publish(plates(100, 149), { version: 8 });
  t.match(await box.until(({ version }) => version === 8), { entries: 50 });
});

test('a clock that is behind: the version waits, and is taken once the clock is right', {
  skip,
}, async (t) => {
  const { url } = await broker(t);
  const { publish } = await startPublisher(t, url);
  let now = Date.now() - 86_400_000;
  const box = await startBox(t, { url, now: () => now });
  await publish(plates(100, 199));
  const status = await box.until(({ refused }) => refused !== null);
  t.match(status.refused, { code: 'watchlist.clock', message: /one of the clocks is wrong/ });
  now = Date.now();
  t.ok(await box.until(({ version, refused }) => version === 1 && refused === null));
});

test('a list that a command imports meanwhile is seen, and counts as a version', { skip }, async (t) => {
  const { url } = await broker(t);
  const publisher = await startPublisher(t, url);
  await publisher.publish(plates(100, 199));
  const box = await startBox(t, { url });
  await box.until(({ version }) => version === 1);
  const file = join(box.directory, 'source.csv');
  writeFileSync(file, 'plate\n1XYZ999\n');
  const take = (id: string) =>
    importList({
      directory: box.directory,
      list: { id, ...OWN_COLUMNS },
      ring: openRing(ring),
      file,
      format: 'csv',
    });
  take('permits');
  t.match(await box.until(({ version }) => version === 1, 'permits'), { entries: 1, publishedAt: null });
  take('stolen');
  t.match(await box.until(({ version }) => version === 2), { entries: 1 });
  await publisher.publish(plates(100, 150));
  t.match(await box.until(({ refused }) => refused !== null), {
    version: 2,
    refused: { code: 'watchlist.version-taken' },
  });
  await publisher.publish(plates(100, 151));
  const third = await box.until(({ version, refused }) => version === 3 && refused === null);
  t.match(third, { entries: 52 }, 'whole: no changes fit');
  t.ok(statSync(listPath(box.directory, 'stolen')).size > 0);
});

test('a broker that lets nobody read lists is told as such', async (t) => {
  const aedes = await Aedes.createBroker();
  aedes.authorizeSubscribe = (_client, sub, done) => done(null, sub.topic.includes('watchlist') ? null : sub);
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(() => aedes.close(() => resolve()))));
  const { port } = server.address() as AddressInfo;
  const box = await startBox(t, { url: `mqtt://127.0.0.1:${port}` });
  const status = await box.until(({ refused }) => refused !== null);
  t.match(status.refused, { code: 'watchlist.denied', message: /anpr\/1\/watchlist\/stolen/ });
  await box.close();
});
