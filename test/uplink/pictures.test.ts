// The pictures' lane between two connections, both played by hand.

import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'tap';
import type { JournalRecord, QueuedPicture } from '../../agent/journal/index.ts';
import type { Connection, Puback } from '../../agent/uplink/connection.ts';
import type { Delivery } from '../../agent/uplink/delivery.ts';
import type { Message } from '../../agent/uplink/message.ts';
import { createPictures } from '../../agent/uplink/pictures.ts';
import { silent } from '../journal/records.ts';

const QUOTA_EXCEEDED = 151;
const picture: QueuedPicture = { readId: 'r', kind: 'plate', at: 0, sizeBytes: 4, sha256: '' };

/** A journal with the picture of one hit, which may fail to say so. */
function laneOf({
  fails = (): boolean => false,
  before = async (): Promise<QueuedPicture[]> => [],
  read = async (): Promise<JournalRecord | undefined> => undefined,
} = {}) {
  let waiting = [picture];
  const pictures = createPictures({
    journal: {
      async pendingPictures({ ofHits }) {
        if (fails()) throw new Error('the disk is away');
        return ofHits ? waiting : [];
      },
      async markPicture() {
        waiting = [];
      },
      requestPictures: async () => {},
      requestedPictures: before,
      picturesSentSince: async () => 0,
      get: read,
    },
    evidence: { get: async () => Buffer.alloc(4) },
    config: { send: 'none', dailyMiB: 100 },
    address: { site: 's', box: 'b' },
    log: silent,
  });
  /** A connection whose answers are given by hand. */
  const sent: (string | undefined)[] = [];
  const connect = () => {
    const answers: ((puback: Puback | undefined) => void)[] = [];
    const delivery = {
      isIdle: true,
      isPressed: false,
      publish({ userProperties }: Message) {
        sent.push(userProperties?.readId);
        return new Promise((done) => answers.push(done));
      },
    };
    pictures.use(delivery as unknown as Delivery, { maximumPacketBytes: 1e6 } as Connection);
    pictures.pump();
    return answers;
  };
  const settle = async () => {
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  return { pictures, connect, settle, sent, isSent: () => waiting.length === 0 };
}

const endings: [name: string, answer: Puback | undefined][] = [
  ['ends without an answer', undefined],
  ['is refused', { code: QUOTA_EXCEEDED, text: undefined }],
];

for (const [name, answer] of endings)
  test(`what ${name} on the last connection goes over the next one, by itself`, async (t) => {
    const { connect, settle, isSent } = laneOf();
    const first = connect();
    await settle();
    t.equal(first.length, 1);
    const second = connect();
    await settle();
    t.equal(second.length, 0, 'one at a time');
    first[0]?.(answer);
    await settle();
    t.equal(second.length, 1);
    second[0]?.({ code: 0, text: undefined });
    await settle();
    t.ok(isSent());
  });

test('a journal that does not answer is asked again on the next connection, not on and on', async (t) => {
  let asked = 0;
  const { connect, settle } = laneOf({ fails: () => ++asked <= 2 });
  connect();
  await settle();
  t.equal(asked, 1);
  connect();
  await settle();
  t.equal(asked, 2);
  const third = connect();
  await settle();
  t.equal(third.length, 1);
});

test('what was asked for before the start is sent, although it becomes known while another picture is on its way', async (t) => {
  const before = Promise.withResolvers<QueuedPicture[]>();
  const asked: JournalRecord = {
    ...{ position: 1, epoch: 'e', seq: 1, id: 'now', type: 'read', at: 0, payload: {} },
    ...{ delivery: 'sent', appendedAt: 0, deliveryAt: 0, reason: null, pictures: [picture] },
  };
  const { pictures, connect, settle, sent } = laneOf({
    before: () => before.promise,
    read: async () => asked,
  });
  const answers = connect();
  const answerNext = async () => {
    await settle();
    answers.shift()?.({ code: 0, text: undefined });
    await settle();
  };
  await answerNext(); // that of the hit
  await pictures.request('now', ['plate']);
  await settle();
  before.resolve([{ ...picture, readId: 'earlier' }]);
  for (let times = 0; times < 3; times++) await answerNext();
  t.same(sent, ['r', 'now', 'earlier']);
});
