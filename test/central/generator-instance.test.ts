// One generator and what may come in its way: no list yet, a read that is none, a box nobody knew of, a group that disagrees.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { folder } from '../lists/parts.ts';
import { client, configured, hitsAt, instance, online, publishing, readOf, watching } from './generating.ts';

const NORTH = { site: 'e19', box: 'north' };
const SOUTH = { site: 'e19', box: 'south' };
const sources = [{ name: 'police', file: 'police.csv' }];

test('reads wait for the first list, what is no read stops nothing, and a new box is asked for what came before', {
  skip: noMosquitto,
  timeout: 200_000,
}, async (t) => {
  const mosquitto = await startMosquitto();
  t.teardown(() => mosquitto.stop());
  const { url } = mosquitto;
  const directory = folder(t);
  const { config } = configured(directory, [{ id: 'stolen', sources, reason: 'stolen' }]);
  writeFileSync(join(directory, 'police.csv'), 'plate\n1ABC234\n');
  const told = watching();
  const field = await client(t, url);
  const send = (box: typeof NORTH, payload: string) =>
    field.publishAsync(`anpr/1/${box.site}/${box.box}/read`, payload, { qos: 1 });
  const gateway = await hitsAt(t, url);
  await field.publishAsync('anpr/1/e19/north/status', online(NORTH), { qos: 1, retain: true });
  await instance(t, {
    ...{ broker: { url, protocolVersion: 5 }, config, instance: 'g1', shares: 1, only: 0 },
    ...{ directory: join(directory, 'g1'), tell: told.tell('g1'), onFatal: (reason) => void t.fail(reason) },
  });
  const listensTo = (box: string) =>
    told.until(() =>
      told.events.some((each) => each.event === 'listening' && each.boxes.includes(`e19/${box}`)),
    );
  await listensTo('north');
  t.match(told.events[0], { event: 'waiting', lists: ['stolen'] });
  const first = readOf(NORTH, 1, '1ABC234');
  await send(NORTH, JSON.stringify(first));
  await (await publishing(t, url, { config, state: join(directory, 'state') }))();
  await gateway.until(() => gateway.hits.length === 1);
  t.match(
    gateway.hits[0],
    { hit: { readId: first.id }, match: { list: { version: 1 } } },
    'it waited for the list',
  );

  await send(NORTH, 'none');
  await send(NORTH, JSON.stringify({ ...readOf(SOUTH, 1, '1ABC234') }));
  const repeat = readOf(NORTH, 2, '1ABC234');
  await send(NORTH, JSON.stringify(repeat));
  await send(NORTH, JSON.stringify(first));
  await told.until(() => told.matched.get(first.id)?.length === 2);
  t.match(
    told.events.flatMap((each) => (each.event === 'problem' ? [each.reason] : [])),
    [/e19\/north: no read of this contract/, /e19\/north: a read of e19\/south on its topic/],
  );
  await gateway.until(() => gateway.hits.length === 2);
  t.equal(
    gateway.ids().size,
    1,
    'the same read again has the same hit; the next one of the same plate is silent',
  );

  const asked: unknown[] = [];
  field.on('message', (_topic, payload) => asked.push(JSON.parse(payload.toString())));
  await field.subscribeAsync('anpr/1/e19/south/cmd/replay', { qos: 1 });
  await field.publishAsync('anpr/1/e19/south/status', online(SOUTH), { qos: 1, retain: true });
  await listensTo('south');
  const late = [readOf(SOUTH, 5, '2GHJ321'), readOf(SOUTH, 6, '2GHJ321')];
  for (const read of late) await send(SOUTH, JSON.stringify(read));
  await told.until(() => late.every(({ id }) => told.matched.has(id)));
  while (asked.length === 0) await new Promise((resolve) => field.once('message', resolve));
  t.match(asked, [{ command: 'replay', epoch: 'first', from: 1, to: 4 }], 'once');
});

test('who divides the boxes otherwise than the group is told to end', {
  skip: noMosquitto,
  timeout: 100_000,
}, async (t) => {
  const mosquitto = await startMosquitto();
  t.teardown(() => mosquitto.stop());
  const { url } = mosquitto;
  const directory = folder(t);
  const { config } = configured(directory, [{ id: 'stolen', sources }]);
  const told = watching();
  const fatal = Promise.withResolvers<string>();
  const start = (name: string, shares: number) =>
    instance(t, {
      ...{
        broker: { url, protocolVersion: 5 },
        config,
        instance: name,
        shares,
        directory: join(directory, name),
      },
      ...{ tell: told.tell(name), onFatal: fatal.resolve, times: { beatMs: 200, goneMs: 60_000 } },
    });
  await start('g1', 4);
  await told.until(() => told.shares.get('g1')?.length === 4);
  await start('g2', 8);
  t.match(
    await fatal.promise,
    /divides the boxes of the group national into \d shares, this one into \d: all have to agree/,
  );
});
