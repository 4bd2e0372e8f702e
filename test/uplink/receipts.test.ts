// What the consumer says reaches the journal: receipts confirm, holes are sent again over a new connection, replay
// brings old records back, and nothing that is no receipt does any harm.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { createReceipts } from '../../agent/uplink/receipts.ts';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { newRead, silent } from '../journal/records.ts';
import {
  ADDRESS,
  appendReads,
  openTestJournal,
  readsOf,
  seqsOf,
  startScene,
  startTestUplink,
  type TestJournal,
} from './parts.ts';
import { startScriptedBroker } from './scripted-broker.ts';

const skip = noMosquitto;

const receipt = (journal: TestJournal, upTo: number, holes: [number, number][] = []) => ({
  schema: 1,
  type: 'receipt',
  ...ADDRESS,
  at: new Date().toISOString(),
  epoch: journal.epoch,
  upTo,
  holes,
});

async function connected(t: Test, reads: number, protocol: '5' | '3.1.1' = '5') {
  const { broker, centre, journal } = await startScene(t);
  await appendReads(journal, 1, reads);
  const uplink = startTestUplink(t, journal, { url: broker.url, protocol });
  await centre.until(readsOf(reads));
  await journal.delivered(reads);
  return { broker, centre, journal, uplink };
}

/** Resolves with the counts once they are as wanted; asked after each receipt that the journal has worked on. */
async function counted(
  journal: TestJournal,
  wanted: (counts: Awaited<ReturnType<TestJournal['counts']>>) => boolean,
) {
  for (;;) {
    const counts = await journal.counts();
    if (wanted(counts)) return counts;
    await journal.changed();
  }
}

for (const protocol of ['5', '3.1.1'] as const)
  test(`MQTT ${protocol}: a receipt confirms what it covers`, { skip }, async (t) => {
    const { centre, journal } = await connected(t, 5, protocol);
    await centre.tell('receipt', receipt(journal, 3));
    t.match(await counted(journal, ({ confirmed }) => confirmed > 0), { confirmed: 3, sent: 2, pending: 0 });
    await centre.tell('receipt', receipt(journal, 5));
    t.match(await counted(journal, ({ sent }) => sent === 0), { confirmed: 5 });
  });

test('a receipt that was published while the box was away counts when it comes back', { skip }, async (t) => {
  const { centre, journal, uplink, broker } = await connected(t, 4);
  await uplink.close();
  await centre.tell('receipt', receipt(journal, 4), { retain: true });
  startTestUplink(t, journal, { url: broker.url });
  t.match(await counted(journal, ({ confirmed }) => confirmed > 0), { confirmed: 4 });
});

test('holes come again, over a new connection, in order', { skip }, async (t) => {
  const { centre, journal } = await connected(t, 9);
  const before = centre.reads().length;
  await centre.tell(
    'receipt',
    receipt(journal, 8, [
      [2, 3],
      [6, 6],
    ]),
  );
  await centre.until(() => centre.reads().length === before + 3);
  const again = centre.reads().slice(before);
  t.same(seqsOf(again), [2, 3, 6]);
  t.same(
    again.map(({ message }) => message.lane),
    ['backlog', 'backlog', 'backlog'],
  );
  const [first] = centre.reads();
  t.not(again[0]?.message.connection, first?.message.connection);
  t.match(await counted(journal, ({ pending }) => pending === 0), { confirmed: 5 });
  await centre.tell('receipt', receipt(journal, 9));
  t.match(await counted(journal, ({ confirmed }) => confirmed === 9), { sent: 0 });
});

test('holes of what is no longer there are answered with a gap record', { skip }, async (t) => {
  const { centre, journal } = await connected(t, 5);
  await centre.tell('receipt', receipt(journal, 5));
  await counted(journal, ({ confirmed }) => confirmed === 5);
  await journal.prune({ keepMs: 0 });
  await centre.tell('receipt', receipt(journal, 5, [[2, 3]]));
  await centre.until((received) => received.some(({ topic }) => topic.endsWith('/gap')));
  const { message } = centre.received.find(({ topic }) => topic.endsWith('/gap'))!;
  t.match(message, { lane: 'urgent', gap: { what: 'records', epoch: journal.epoch, from: 2, to: 3 } });
});

for (const protocol of ['5', '3.1.1'] as const)
  test(`MQTT ${protocol}: replay brings confirmed records again, and says what it did`, {
    skip,
  }, async (t) => {
    const { centre, journal } = await connected(t, 6, protocol);
    await centre.tell('receipt', receipt(journal, 6));
    await counted(journal, ({ confirmed }) => confirmed === 6);
    const reply = await centre.ask('replay', { id: 'r1', from: 2, to: 4 });
    t.match(reply, { id: 'r1', command: 'replay', ok: true, result: { requeued: 3, missing: [] } });
    await centre.until(() => centre.reads().length === 9);
    t.same(seqsOf(centre.reads().slice(6)), [2, 3, 4]);
  });

test('a command with a response topic is answered there, with its correlation data', { skip }, async (t) => {
  const { centre, journal } = await connected(t, 2);
  const properties = { responseTopic: 'anpr/answers', correlationData: Buffer.from('c') };
  const request = { schema: 1, type: 'command', command: 'replay', id: 'x', from: 1, to: 1 };
  await centre.tell('cmd/replay', request, { properties });
  await centre.until((received) => received.some(({ topic }) => topic === 'anpr/answers'));
  t.match(centre.received.find(({ topic }) => topic === 'anpr/answers')?.message, { id: 'x', ok: true });
  t.ok(journal.epoch);
});

test('a command that is none is answered with what is wrong', { skip }, async (t) => {
  const { centre } = await connected(t, 1);
  const wrong: [command: string, request: { id: string } & Record<string, unknown>, code: string][] = [
    ['replay', { id: 'w1', from: 5, to: 2 }, 'command.invalid'],
    ['replay', { id: 'w2' }, 'command.invalid'],
    ['dance', { id: 'w3' }, 'command.unknown'],
  ];
  for (const [command, request, code] of wrong)
    t.match(await centre.ask(command, request), { ok: false, command, error: { code } });
});

test('no receipt, a receipt for another box and a retained command change nothing', { skip }, async (t) => {
  const { centre, journal } = await connected(t, 3);
  await centre.tell('receipt', { hello: 'world' });
  await centre.tell('receipt', { ...receipt(journal, 3), box: 'south' });
  const retained = { schema: 1, type: 'command', command: 'replay', id: 'old', from: 1, to: 3 };
  await centre.tell('cmd/replay', retained, { retain: true });
  // retained only for who subscribes later: this box heard it as a command
  await centre.until((received) => received.some(({ message }) => message.id === 'old'));
  await centre.until(() => centre.reads().length === 6);
  const answers = () => centre.received.filter(({ message }) => message.id === 'old').length;
  const answered = answers();
  // the replay made it connect anew: the retained command came again, and was left alone
  await journal.append(newRead(4));
  await centre.until(readsOf(4));
  t.equal(answers(), answered);
  t.match(await journal.counts(), { confirmed: 0 });
});

test('a broker that lets the box hear nothing: everything goes out all the same', async (t) => {
  const broker = await startScriptedBroker(t, { suback: 0x87 });
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 5);
  startTestUplink(t, journal, { url: broker.url });
  await journal.delivered(5);
  t.match(await journal.counts(), { sent: 5, pending: 0 });
  t.equal((await journal.queue()).receipt, null, 'and the queue knows that no receipt ever came');
});

test('holes that had to wait and are filled meanwhile: the receipts after them are worked on', async (t) => {
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 9);
  const holesFirstMs = 50;
  const receipts = createReceipts({
    journal,
    address: ADDRESS,
    times: { holesFirstMs, holesMaxMs: 1000 },
    graceMs: 0,
    log: silent,
  });
  t.teardown(() => receipts.close());
  const take = async (upTo: number, holes: [number, number][] = []) => {
    const change = journal.changed();
    receipts.take(Buffer.from(JSON.stringify(receipt(journal, upTo, holes))));
    await change;
  };
  await take(3, [[2, 2]]);
  await take(4, [[2, 2]]); // too soon: waits
  await take(4);
  await sleep(2 * holesFirstMs); // what waited is due, and no longer wanted
  await take(9);
  t.match(await journal.counts(), { confirmed: 9 });
});

test('holes that were sent in vain are sent soon again after the connection broke', async (t) => {
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 9);
  const times = { holesFirstMs: 0.001, holesMaxMs: 1 };
  const receipts = createReceipts({
    journal,
    address: ADDRESS,
    times,
    graceMs: 0,
    log: silent,
  });
  t.teardown(() => receipts.close());
  const lost = Buffer.from(JSON.stringify(receipt(journal, 9, [[1, 8]])));
  let requeued = 0;
  const again = (): Promise<void> =>
    new Promise((resolve) => {
      const end = journal.onRequeued(() => {
        requeued++;
        end();
        resolve();
      });
    });
  // Each time sent, each time lost with the broker, so often that the pause is longer than any test.
  for (let time = 0; time < 31; time++) {
    await journal.markSent(Array.from({ length: 9 }, (_, i) => i + 1));
    const comes = again();
    receipts.take(lost);
    await comes;
  }
  times.holesMaxMs = 3_600_000;
  await journal.markSent(Array.from({ length: 9 }, (_, i) => i + 1));
  const comes = again();
  const noted = journal.changed();
  receipts.take(lost); // has to wait
  await noted;
  const before = requeued;
  receipts.broke();
  await comes;
  t.equal(requeued, before + 1);
});
