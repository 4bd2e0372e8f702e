import { test } from 'tap';
import { createTakenReader } from '../../agent/uplink/taken-reader.ts';

const taken = (id: number) => Buffer.from([0x40, 2, id >> 8, id & 0xff]);
/** a PUBACK of MQTT 5 with a reason, one with properties, one of nonsense length */
const refused = Buffer.from([0x40, 3, 0, 7, 0x97]);
const explained = Buffer.from([0x40, 9, 0, 8, 0x99, 5, 0x1f, 0, 2, 0x6e, 0x6f]);
const empty = Buffer.from([0x40, 0]);
const pingResponse = Buffer.from([0xd0, 0]);
const subscribed = Buffer.from([0x90, 4, 0, 1, 0, 1]);
/** PUBLISH of 300 bytes, so with two bytes of length, in which every byte looks like the beginning of a PUBACK */
const publish = Buffer.concat([Buffer.from([0x32, 0xac, 0x02]), Buffer.alloc(300, 0x40)]);

/** What comes of the bytes when they come in pieces: ids, and all that was handed on. */
function read(pieces: readonly Buffer[]): { ids: number[]; others: string } {
  const ids: number[] = [];
  const others: Buffer[] = [];
  const reader = createTakenReader(
    (id) => ids.push(id),
    (bytes) => others.push(bytes),
  );
  for (const piece of pieces) reader.take(piece);
  return { ids, others: Buffer.concat(others).toString('hex') };
}

test('PUBACKs that say yes are taken out, everything else comes through, wherever the pieces end', async (t) => {
  const others = [refused, publish, pingResponse, explained, empty, subscribed, publish];
  const bytes = Buffer.concat([
    taken(1),
    taken(65_535),
    others[0]!,
    taken(3),
    others[1]!,
    others[2]!,
    taken(4),
    others[3]!,
    taken(5),
    others[4]!,
    others[5]!,
    taken(0x4002),
    others[6]!,
    taken(6),
  ]);
  const wanted = { ids: [1, 65_535, 3, 4, 5, 0x4002, 6], others: Buffer.concat(others).toString('hex') };
  t.same(read([bytes]), wanted);
  t.same(read([...bytes].map((byte) => Buffer.of(byte))), wanted, 'byte by byte');
  for (let at = 1; at < bytes.length; at++) {
    const found = read([bytes.subarray(0, at), bytes.subarray(at)]);
    if (JSON.stringify(found) !== JSON.stringify(wanted)) t.same(found, wanted, `cut at ${at}`);
  }
});

test('what is no packet is for mqtt.js to complain of', async (t) => {
  const nonsense = Buffer.from([0x40, 0xff, 0xff, 0xff, 0xff, 0x40, 2, 0, 1]);
  t.same(read([taken(9), nonsense, taken(10)]), {
    ids: [9],
    others: Buffer.concat([nonsense, taken(10)]).toString('hex'),
  });
});
