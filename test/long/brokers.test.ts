// The brokers of the field beside mosquitto: RabbitMQ's MQTT plugin and NATS, both MQTT 3.1.1. Reads, receipts, replay,
// status and last will work with each, and a broker killed in the middle of a backlog loses nothing in the end.

import { join } from 'node:path';
import t, { test } from 'tap';
import { allConfirmed, file, shows, startable } from '../central/processes.ts';
import { type Broker, noNats, noRabbitMq, startNats, startRabbitMq } from '../fixtures/brokers.ts';
import { notLong } from '../fixtures/needs.ts';
import { newRead } from '../journal/records.ts';
import {
  appendReads,
  openTestJournal,
  reached,
  readsOf,
  seqsOf,
  startTestUplink,
  subscribe,
} from '../uplink/parts.ts';
import { startProxy } from '../uplink/proxy.ts';

const brokers: [name: string, missing: string | false, start: () => Promise<Broker>][] = [
  ['NATS', noNats, startNats],
  ['RabbitMQ', noRabbitMq, startRabbitMq],
];

t.setTimeout(3_600_000);

for (const [name, missing, start] of brokers) {
  const skip = notLong || missing;

  test(`${name}: found to speak 3.1.1, and everything of the contract goes over it`, {
    skip,
  }, async (t) => {
    const broker = await start();
    t.teardown(() => broker.stop());
    const proxy = await startProxy(t, Number(new URL(broker.url).port));
    const centre = await subscribe(t, broker.url, 4);
    const journal = await openTestJournal(t);
    await appendReads(journal, 1, 100);
    const uplink = startTestUplink(t, journal, { url: proxy.url });
    t.match(await reached(uplink, ({ state }) => state === 'connected'), { protocol: '3.1.1' });
    await centre.until(readsOf(100));
    t.same(
      seqsOf(centre.reads()),
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    await journal.append(newRead(101));
    await centre.until(readsOf(101));
    t.equal(centre.reads().at(-1)?.message.lane, 'live');
    await journal.delivered(101);

    const { epoch } = journal;
    const at = new Date().toISOString();
    const receipt = {
      schema: 1,
      type: 'receipt',
      site: 'e19',
      box: 'north',
      at,
      epoch,
      upTo: 101,
      holes: [[7, 8]],
    };
    await centre.tell('receipt', receipt, { retain: true });
    await centre.until(() => centre.reads().length === 103);
    t.same(seqsOf(centre.reads().slice(101)), [7, 8], 'a hole comes again');
    const reply = await centre.ask('replay', { id: 'r1', from: 1, to: 2 });
    t.match(reply, { ok: true, result: { requeued: 2 } });
    await centre.until(() => centre.reads().length === 105);
    const { confirmed } = await journal.counts();
    t.ok(confirmed >= 97, `${confirmed} confirmed`);

    t.ok(centre.received.some(({ message }) => message.type === 'status' && message.online));
    proxy.shut();
    await centre.until((received) => received.at(-1)?.message.online === false);
    const late = await subscribe(t, broker.url, 4);
    if (name === 'NATS') {
      // RabbitMQ 3.10 keeps retained messages for exact topics only: a wildcard gets none.
      await late.until((received) =>
        received.some(({ retain, message }) => retain && message.online === false),
      );
      t.pass('the last will is retained');
    }
  });

  test(`${name}: killed with -9 in the middle of a backlog; every read arrives, and is confirmed`, {
    skip,
  }, async (t) => {
    const READS = 400;
    const broker = await start();
    t.teardown(() => broker.stop());
    const directory = t.testdir();
    const [journalPath, database] = [join(directory, 'journal.db'), join(directory, 'central.db')];
    const box = startable(
      t,
      [file('test/central/box.ts'), journalPath, broker.url, String(READS), '5'],
      'full',
    );
    const where = ['--url', broker.url, '--database', database, '--mqtt', '3.1.1'];
    const paces = ['--receipt-ms', '200', '--grace-ms', '1000'];
    const central = startable(t, [file('scripts/central.ts'), 'listen', ...where, ...paces], 'listening');
    await central.start();
    await central.ready();
    await box.start();
    await shows(database, ({ epochs }) => epochs.some(({ types }) => (types.read ?? 0) >= 50));
    await broker.kill9();
    await broker.restart();
    await box.ready();
    const told = await shows(database, ({ epochs }) =>
      epochs.some(({ types }) => (types.read ?? 0) === READS),
    );
    t.match(told, { outOfOrder: 0, conflicts: 0, invalid: 0 });
    await allConfirmed(journalPath);
    t.pass('every record is confirmed');
    await box.end('SIGTERM');
    await central.end('SIGTERM');
  });
}
