// What the uplink makes of what it meets, as tables.

import { generate } from 'mqtt-packet';
import { test } from 'tap';
import {
  type Ending,
  type Judgement,
  judge,
  RETRY_TIMES,
  retryDelayMs,
  verdictOnRecord,
} from '../../agent/uplink/connection-policy.ts';
import { messageOf, pictureMessageOf, replyMessageOf, statusMessageOf } from '../../agent/uplink/message.ts';
import { packetSizeBytes, publishPacket } from '../../agent/uplink/publish-packet.ts';
import { type Verdict, verdictOf, wordsOf } from '../../agent/uplink/reasons.ts';
import { seeded } from '../../scripts/chaos-cases/random.ts';

const connecting = { phase: 'connecting', protocol: '5' } as const;
const old = { phase: 'connecting', protocol: '3.1.1' } as const;
const connected = { phase: 'connected', protocol: '5' } as const;
const failed = (code: string, message = 'detail') => ({ cause: 'error', code, message }) as const;

const endings: [what: string, Ending, 'auto' | '5' | '3.1.1', Pick<Judgement, 'state' | 'retry'>][] = [
  [
    'no MQTT 5 here',
    { ...connecting, cause: 'refused', code: 0x84 },
    'auto',
    { state: 'waiting', retry: 'other-protocol' },
  ],
  [
    'said in 3.1.1',
    { ...connecting, cause: 'refused', code: 1 },
    'auto',
    { state: 'waiting', retry: 'other-protocol' },
  ],
  [
    'hangs up on MQTT 5',
    { ...connecting, cause: 'closed' },
    'auto',
    { state: 'waiting', retry: 'other-protocol' },
  ],
  [
    'resets on MQTT 5',
    { ...connecting, ...failed('ECONNRESET') },
    'auto',
    { state: 'waiting', retry: 'other-protocol' },
  ],
  [
    'garbage instead of CONNACK',
    { ...connecting, ...failed('internal') },
    'auto',
    { state: 'waiting', retry: 'other-protocol' },
  ],
  [
    'MQTT 5 is wanted',
    { ...connecting, cause: 'refused', code: 0x84 },
    '5',
    { state: 'refused', retry: 'slowly' },
  ],
  ['hangs up on 3.1.1', { ...old, cause: 'closed' }, 'auto', { state: 'waiting', retry: 'soon' }],
  ['not even 3.1.1', { ...old, cause: 'refused', code: 1 }, 'auto', { state: 'refused', retry: 'slowly' }],
  [
    'bad password',
    { ...connecting, cause: 'refused', code: 0x86 },
    'auto',
    { state: 'refused', retry: 'slowly' },
  ],
  [
    'bad password, 3.1.1',
    { ...old, cause: 'refused', code: 4 },
    'auto',
    { state: 'refused', retry: 'slowly' },
  ],
  [
    'not authorised',
    { ...connecting, cause: 'refused', code: 0x87 },
    'auto',
    { state: 'refused', retry: 'slowly' },
  ],
  ['banned', { ...connecting, cause: 'refused', code: 0x8a }, 'auto', { state: 'refused', retry: 'slowly' }],
  ['busy', { ...connecting, cause: 'refused', code: 0x89 }, 'auto', { state: 'waiting', retry: 'soon' }],
  ['unavailable, 3.1.1', { ...old, cause: 'refused', code: 3 }, 'auto', { state: 'waiting', retry: 'soon' }],
  [
    'nothing listens',
    { ...connecting, ...failed('ECONNREFUSED') },
    'auto',
    { state: 'waiting', retry: 'steadily' },
  ],
  [
    'no such name',
    { ...connecting, ...failed('ENOTFOUND') },
    'auto',
    { state: 'waiting', retry: 'steadily' },
  ],
  [
    'no network',
    { ...connecting, ...failed('ENETUNREACH') },
    'auto',
    { state: 'waiting', retry: 'steadily' },
  ],
  [
    'certificate',
    { ...connecting, ...failed('SELF_SIGNED_CERT_IN_CHAIN') },
    'auto',
    { state: 'refused', retry: 'soon' },
  ],
  [
    'TLS alert',
    { ...connecting, ...failed('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') },
    'auto',
    { state: 'refused', retry: 'soon' },
  ],
  [
    'a file is missing',
    { ...connecting, ...failed('configuration') },
    'auto',
    { state: 'refused', retry: 'slowly' },
  ],
  [
    'no CONNACK',
    { ...connecting, cause: 'silent', afterMs: 20_000 },
    'auto',
    { state: 'waiting', retry: 'soon' },
  ],
  [
    'silent link',
    { ...connected, cause: 'silent', afterMs: 30_000 },
    'auto',
    { state: 'waiting', retry: 'soon' },
  ],
  ['link cut', { ...connected, cause: 'closed' }, 'auto', { state: 'waiting', retry: 'soon' }],
  ['link reset', { ...connected, ...failed('ECONNRESET') }, 'auto', { state: 'waiting', retry: 'soon' }],
  [
    'shutting down',
    { ...connected, cause: 'disconnected', code: 0x8b },
    'auto',
    { state: 'waiting', retry: 'soon' },
  ],
  [
    'session taken over',
    { ...connected, cause: 'disconnected', code: 0x8e },
    'auto',
    { state: 'refused', retry: 'slowly' },
  ],
];

test('how a connection ended says what is shown and when to try again', async (t) => {
  for (const [what, ending, setting, expected] of endings) {
    const judgement = judge(ending, setting);
    t.match(judgement, expected, what);
    t.not(judgement.reason, '', `${what}: ${judgement.reason}`);
  }
});

test('few endings are a verdict on a record', async (t) => {
  const verdicts: [Ending, RegExp | undefined][] = [
    [{ ...connected, cause: 'unreadable-puback' }, /too large/],
    [{ ...connected, cause: 'disconnected', code: 0x95 }, /packet too large/],
    [{ ...connected, cause: 'disconnected', code: 0x99 }, /payload format invalid/],
    [{ ...connected, cause: 'disconnected', code: 0x8b }, undefined],
    [{ ...connected, cause: 'closed' }, undefined],
    [{ ...connected, cause: 'silent', afterMs: 1 }, undefined],
    [{ ...connecting, cause: 'disconnected', code: 0x95 }, undefined],
  ];
  for (const [ending, expected] of verdicts) {
    const reason = verdictOnRecord(ending);
    if (expected) t.match(reason, expected);
    else t.equal(reason, undefined, JSON.stringify(ending));
  }
});

test('a PUBACK says what becomes of its record: every code of MQTT 5 (3.4.2.1), and those it has not', async (t) => {
  const table: [code: number, Verdict][] = [
    [0x00, 'taken'],
    [0x10, 'taken'], // no matching subscribers: the broker has nobody to give it to, and says so
    [0x80, 'later'],
    [0x83, 'later'],
    [0x87, 'denied'],
    [0x8a, 'denied'],
    [0x90, 'denied'],
    [0x91, 'later'],
    [0x95, 'dead'], // mosquitto says it here
    [0x97, 'later'],
    [0x99, 'dead'],
    [0xff, 'later'],
  ];
  for (const [code, verdict] of table) t.equal(verdictOf(code), verdict, wordsOf(code));
});

test('attempts: any moment up to a bound that doubles from 3 s to 6 s', async (t) => {
  const range = (failures: number, retry: Judgement['retry'] = 'soon') =>
    [0, 0.5, 1].map((random) => retryDelayMs(retry, failures, random, RETRY_TIMES));
  t.same(range(1), [0, 1500, 3000]);
  t.same(range(2), [0, 3000, 6000]);
  t.same(range(5000), [0, 3000, 6000]);
  t.same(range(1, 'steadily'), [0, 1500, 3000]);
  t.same(range(2, 'steadily'), [1500, 2250, 3000], 'nothing is reached: the bound stays');
  t.same(range(5000, 'steadily'), [1500, 2250, 3000]);
  t.same(range(1, 'slowly'), [0, 30_000, 60_000]);
  t.same(range(3, 'other-protocol'), [0, 0, 0]);
});

test('a thousand boxes that lost the same broker do not come back in the same second', async (t) => {
  // a fixed sequence instead of chance: the golden ratio spreads evenly
  const random = (n: number) => (n * 0.6180339887) % 1;
  for (const failures of [1, 3]) {
    const perSecond = new Map<number, number>();
    for (let box = 0; box < 1000; box++) {
      const second = Math.floor(retryDelayMs('soon', failures, random(box), RETRY_TIMES) / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    t.ok(Math.max(...perSecond.values()) <= 340, `after ${failures} failures`);
  }
});

test('a thousand boxes that wait for a broker that is not there do not meet it in the same second, nor late', async (t) => {
  const random = seeded(7);
  const backMs = 60_000;
  const perSecond = new Map<number, number>();
  let sumMs = 0;
  for (let box = 0; box < 1000; box++) {
    let atMs = 0;
    for (let failures = 1; atMs < backMs; failures++)
      atMs += retryDelayMs('steadily', failures, random(), RETRY_TIMES);
    const second = Math.floor((atMs - backMs) / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    sumMs += atMs - backMs;
  }
  t.ok(Math.max(...perSecond.values()) <= 480, JSON.stringify([...perSecond]));
  t.ok(Math.max(...perSecond.keys()) < 3, 'all within the three seconds');
  t.ok(sumMs / 1000 < 1300, `${sumMs / 1000} ms in the mean`);
});

test('a PUBLISH is the packet that mqtt-packet makes of it', async (t) => {
  const address = { site: 'antwerp', box: 'box-é' };
  const record = (length: number) =>
    messageOf(
      {
        position: 1,
        epoch: 'e',
        seq: 1,
        id: 'x',
        type: 'read',
        json: Buffer.from(`{"x":"${'y'.repeat(length)}"}`),
      },
      'live',
      '01234567',
      address,
    );
  const picture = { readId: 'r', kind: 'plate', at: 0, sizeBytes: 9, sha256: 'a'.repeat(64) } as const;
  const reply = (correlation: number) =>
    replyMessageOf(
      { id: '1', command: 'replay', responseTopic: 'x', correlationData: Buffer.alloc(correlation) },
      address,
    );
  const messages = [
    ...[0, 50, 90, 100, 16_200, 16_400, 2_100_000].map(record),
    pictureMessageOf(picture, Buffer.alloc(9), address),
    reply(1),
    reply(200),
    statusMessageOf(address, true, 0),
  ];
  for (const message of messages) {
    const { topic, payload, retain, contentType, correlationData, userProperties } = message;
    const packet = { cmd: 'publish', qos: 1, dup: false, messageId: 0xabcd, topic, payload, retain } as const;
    const properties = {
      payloadFormatIndicator: contentType === undefined,
      contentType: contentType ?? 'application/json',
      ...(correlationData && { correlationData }),
      ...(userProperties && { userProperties }),
    };
    const wanted = generate({ ...packet, properties }, { protocolVersion: 5 });
    const what = `${topic} ${payload.length}`;
    t.ok(publishPacket(message, 0xabcd, '5').equals(wanted), what);
    t.equal(packetSizeBytes(message), wanted.length, what);
    t.ok(publishPacket(message, 0xabcd, '3.1.1').equals(generate(packet, { protocolVersion: 4 })), what);
  }
});
