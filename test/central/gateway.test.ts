// From a box's journal to the gateway and back into it, over a real broker; what the centre says of the same event; and what is
// wrong, late or missing.

import { join } from 'node:path';
import { test } from 'tap';
import type { HitPayload } from '../../agent/contract/index.ts';
import { openStore } from '../../scripts/gateway/store.ts';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { broker, gatewayAt, ofCentre, publisher } from './gateway-parts.ts';
import { hitBox } from './hit-box.ts';
import { file, startable } from './processes.ts';
import { centre, edge } from './side-messages.ts';

const events = (records: readonly HitPayload[]) => records.map(({ hit }) => hit.event);

test("a box's hit and the centre's are one; what is decided here is in the box's journal, with who and when", {
  skip: noMosquitto,
  timeout: 390_000,
}, async (t) => {
  const { url } = await broker(t);
  const box = await hitBox(t, url, ['1ABC234', '2DEF567']);
  box.link();
  const { gateway, until } = await gatewayAt(t, url);
  const { publish } = await publisher(t, url);
  const before = Date.now();

  // first the box, then the centre
  const [raised] = await box.passes('1ABC234');
  const [alone] = await until(([hit]) => hit !== undefined);
  t.match(alone, {
    origin: 'edge',
    state: 'new',
    priority: 2,
    plate: '1ABC234',
    match: { reason: 'stolen' },
  });
  await publish('anpr/1/e19/north/central/hit', ofCentre(raised!));
  const [both] = await until(([hit]) => hit?.origin === 'both');
  t.equal(both!.id, alone!.id);
  await publish('anpr/1/e19/north/central/hit', {
    ...ofCentre(raised!),
    id: both!.others.length === 1 ? raised!.id : '',
  });

  const { id } = both!;
  gateway.decide(id, { action: 'acknowledge', by: 'anna' });
  gateway.decide(id, { action: 'acknowledge', by: 'anna' });
  gateway.decide(id, { action: 'reject', by: 'anna', cause: 'wrong-plate', note: '0 is O' });
  const records = await box.until((all) => all.length === 3);
  t.match(records.slice(1), [
    { hit: { event: 'acknowledged', by: { via: 'gateway', name: 'anna' } } },
    {
      hit: { event: 'rejected', by: { via: 'gateway', name: 'anna' }, cause: 'wrong-plate', note: '0 is O' },
    },
  ]);
  t.ok(Date.parse(records[1]!.at) >= before, 'when');
  t.match(
    box.hits.status().judged,
    { pole: { rejected: { 'wrong-plate': 1 } } },
    'the camera is known for it',
  );
  await until(([hit]) => hit?.waiting === 0 && hit.history.length === 6);
  t.throws(() => gateway.decide(raised!.id.replace(/^./, 'f'), { action: 'close', by: 'anna' }), {
    code: 'hit.unknown',
  });

  // first the centre, seen to before the box has said a word: it is told when it does
  await box.unlink();
  const [second] = await box.passes('2DEF567');
  await publish('anpr/1/e19/north/central/hit', ofCentre(second!));
  const found = (await until((hits) => hits.length === 2)).find(({ plate }) => plate === '2DEF567')!;
  t.match(found, { origin: 'centre', state: 'new' });
  gateway.decide(found.id, { action: 'acknowledge', by: 'anna' });
  gateway.decide(found.id, { action: 'confirm', by: 'jan' });
  box.link();
  const all = await box.until((told) => events(told).filter((event) => event === 'confirmed').length === 1);
  t.match(all.slice(-2), [
    { hit: { id: second!.id, event: 'acknowledged', by: { name: 'anna' } } },
    { hit: { id: second!.id, event: 'confirmed', by: { name: 'jan' } } },
  ]);
  t.match(
    (await until((hits) => hits.every(({ waiting }) => waiting === 0)))
      .map(({ origin, state }) => [origin, state])
      .sort(),
    [
      ['both', 'confirmed'],
      ['both', 'rejected'],
    ],
  );
  gateway.decide(found.id, { action: 'close', by: 'jan' });
  await box.until((told) => events(told).includes('closed'));
  t.throws(() => gateway.decide(found.id, { action: 'confirm', by: 'jan' }), { code: 'hit.refused' });
});

test('pictures: an early hit brings its own, what the centre found is asked for, what is gone is said to be', {
  skip: noMosquitto,
  timeout: 390_000,
}, async (t) => {
  const { url } = await broker(t);
  const box = await hitBox(t, url, ['1ABC234']);
  box.link();
  const { gateway, store, until } = await gatewayAt(t, url, { picturesMs: 50 });
  const { publish } = await publisher(t, url);
  const early = await box.early('1ABC234');
  const [hit] = await until(([one]) => one?.pictures[0]?.here === true);
  t.match(hit, { id: early, early: true, pictures: [{ kind: 'plate', about: early }] });
  t.equal(store.picture(hit!.pictures[0]!.sha256)?.[0], 0xff);

  const { sha256 } = hit!.pictures[0]!;
  const readId = await box.read('7JKL012');
  const ofRead = centre({ readId, camera: 'pole', text: '7JKL012' });
  ofRead.read.evidence = [
    { kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 1, sha256: sha256.replace(/./g, 'b') },
  ];
  await publish('anpr/1/e19/north/central/hit', ofRead);
  const unknown = centre({ camera: 'pole', text: '9ZZZ999' });
  unknown.read.evidence = [{ kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 1, sha256: 'c'.repeat(64) }];
  await publish('anpr/1/e19/north/central/hit', unknown);
  await until((hits) => hits.some(({ id }) => gateway.pictureState(id) === 'gone'));
  t.equal(gateway.pictureState(unknown.id), 'gone', 'the box has no such read');
});

test('a withdrawn early hit; one that comes again and again; and what people did at the box itself', {
  skip: noMosquitto,
  timeout: 390_000,
}, async (t) => {
  const { url } = await broker(t);
  const box = await hitBox(t, url, ['1ABC234', '2DEF567'], 50);
  box.link();
  const { gateway, until } = await gatewayAt(t, url);
  const readId = '019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b';
  await box.early('1ABC234', readId);
  await until(([hit]) => hit?.state === 'new');
  await box.hits.dropped(readId);
  const [withdrawn] = await until(([hit]) => hit?.state === 'withdrawn');
  t.same(withdrawn?.actions, ['close']);
  t.throws(() => gateway.decide(withdrawn!.id, { action: 'confirm', by: 'anna' }), { code: 'hit.refused' });

  const [raised] = await box.passes('2DEF567');
  const hits = await until((all) => all.some((hit) => hit.plate === '2DEF567' && hit.reminders > 1));
  t.equal(hits.length, 2, 'sent again, and still one hit');
  await box.hits.decide({ hit: raised!.hit.id, action: 'acknowledge' }, { via: 'command', name: 'jan' });
  const [seenTo] = await until(([hit]) => hit?.state === 'acknowledged');
  const said = seenTo?.history.find(({ event }) => event === 'acknowledged');
  t.match(said, { by: 'jan', via: 'command e19/north' });
});

test('what is wrong is refused and named, without its plate; the rest goes on', {
  skip: noMosquitto,
  timeout: 390_000,
}, async (t) => {
  t.testdir();
  const { url } = await broker(t);
  const { store, problems, until } = await gatewayAt(t, url, {
    boxes: ['e19/+', 'e20/south'],
    acknowledgeAs: 'duty',
  });
  const { client, publish } = await publisher(t, url);
  const good = edge({ text: '1ABC234' });
  const at = 'anpr/1/e19/north';
  await publish(`${at}/hit`, { ...edge({ text: '9SECRET' }), match: 'none' });
  await publish(`${at}/hit`, '{"type":');
  await publish(`${at}/hit`, edge({ box: 'south' }));
  await publish(`${at}/central/hit`, edge({}));
  await publish('anpr/1/elsewhere/north/hit', { ...edge({}), site: 'elsewhere' });
  await publish(`${at}/evidence/${good.hit.readId}`, Buffer.from('<svg/>'));
  const sealed = { keyId: 'k', payloadHash: '0'.repeat(64), previousHash: '0'.repeat(64), signature: 'x' };
  await publish(`${at}/hit`, { ...edge({}), seal: sealed });

  // a box that has other words than "yes": unknown to it, and once that its disk is full
  const asked: string[] = [];
  client.on('message', (topic, payload) => {
    const { id, command, hit } = JSON.parse(payload.toString());
    asked.push(`${command} ${hit === good.id}`);
    const code = asked.length === 1 ? 'journal.full' : 'hit.unknown';
    const error = { code, message: `no such hit` };
    const [, , site, box] = topic.split('/');
    const reply = {
      schema: 1,
      type: 'reply',
      site,
      box,
      at: new Date().toISOString(),
      id,
      command,
      ok: false,
      error,
    };
    void publish(`anpr/1/${site}/${box}/reply/hit`, reply);
    // it says that it is there
    if (asked.length === 1)
      void publish(`${at}/status`, {
        schema: 1,
        type: 'status',
        site: 'e19',
        box: 'north',
        at: null,
        online: true,
      });
  });
  await client.subscribeAsync('anpr/1/+/+/cmd/hit', { qos: 1 });
  await publish(`${at}/hit`, good);
  await publish(`${at}/hit`, good);
  const ahead = {
    ...edge({ text: '2DEF567', box: 'south' }),
    at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  await publish(`anpr/1/e19/south/hit`, ahead);
  const hits = await until((all) => all.length === 2 && all.every(({ refused }) => refused.length === 1));
  const one = hits.find(({ plate }) => plate === '1ABC234');
  t.match(one, { state: 'acknowledged', refused: ['no such hit'], waiting: 0, aheadMs: 0 });
  t.ok(hits.find(({ plate }) => plate === '2DEF567')!.aheadMs > 3_500_000, "the box's clock is ahead");
  t.equal(asked.length, 3, 'asked again for what may pass, not for what will not');
  t.match(
    store.refused().map(({ reason }) => reason),
    [
      /not what the box sealed/,
      /wanted a JPEG/,
      /type: .*centralHit/,
      /wanted a hit of e19\/north, found one of e19\/south/,
      /no JSON/,
      /^match: /,
    ],
    'what boxes of others send does not even come',
  );
  t.notMatch(problems.join(), /SECRET/);
});

test('the gateway is killed with -9 again and again: no hit is lost, none is there twice', {
  skip: noMosquitto,
  timeout: 390_000,
}, async (t) => {
  const HITS = 20;
  const { url } = await broker(t);
  const plates = Array.from({ length: HITS }, (_, n) => `${n % 9}XYZ${String(n).padStart(3, '0')}`);
  const box = await hitBox(t, url, plates);
  box.link();
  const database = join(t.testdirName, 'gateway.db');
  const gateway = startable(
    t,
    [
      file('scripts/central.ts'),
      'gateway',
      '--no-page',
      '--url',
      url,
      '--database',
      database,
      '--acknowledge-as',
      'duty',
    ],
    'listening',
  );
  await gateway.start();
  await gateway.ready();
  const acknowledged = (records: readonly HitPayload[]) =>
    events(records).filter((event) => event === 'acknowledged').length;
  for (const [n, text] of plates.entries()) {
    await box.passes(text);
    if (n % 10 !== 9) continue;
    // in the middle of what is on its way
    await box.until((records) => acknowledged(records) > n - 9);
    await gateway.end('SIGKILL');
    await gateway.start();
  }
  const records = await box.until((all) => acknowledged(all) === HITS);
  t.equal(records.length, 2 * HITS, 'each raised once and acknowledged once');
  await gateway.end('SIGTERM');
  const store = openStore(database, { readonly: true });
  t.teardown(() => store.close());
  const hits = store.list(1000);
  t.equal(hits.length, HITS);
  t.ok(hits.every(({ state, origin }) => state === 'acknowledged' && origin === 'edge'));
});
