// Finding what was done to a box's records, and staying quiet about what has its reasons: one test a promise. The
// records here are made in memory; test/journal does the same with a journal on disk and its export.

import { randomUUIDv7 } from 'node:crypto';
import { test } from 'tap';
import {
  type BoxKey,
  type Envelope,
  envelopeText,
  GENESIS,
  newRing,
  openRing,
  payloadHashOf,
  type Removed,
  signRemoved,
  textHash,
  type VerifyOptions,
  verifyRecords,
} from '../../agent/seal/index.ts';

type Message = Record<string, unknown> & { seq: number };

/** A box that seals one record after the other. */
function createBox(epoch = 'e1') {
  let key = openRing(newRing()).current;
  let previousHash = GENESIS;
  const messages: Message[] = [];
  const box = {
    epoch,
    messages,
    get key() {
      return key;
    },
    /** hash of the newest envelope */
    get hash() {
      return previousHash;
    },
    add(payload: Record<string, unknown> = { type: 'read' }): Message {
      const id = randomUUIDv7();
      const seq = messages.length + 1;
      const content = { schema: 1, type: 'read', id, n: seq, ...payload };
      const envelope: Envelope = {
        version: 1,
        epoch,
        seq,
        id,
        type: String(content.type),
        payloadHash: payloadHashOf(content),
        previousHash,
        keyId: key.id,
      };
      const text = envelopeText(envelope);
      const { payloadHash, keyId } = envelope;
      const seal = { keyId, payloadHash, previousHash, signature: key.sign(text) };
      previousHash = textHash(text);
      const message = { lane: 'live', epoch, seq, seal, ...content };
      messages.push(message);
      return message;
    },
    addMany(count: number): void {
      for (let n = 0; n < count; n++) box.add();
    },
    introduce: (introduced: BoxKey) =>
      box.add({
        type: 'audit',
        audit: { action: 'key', key: { id: introduced.id, publicKey: introduced.publicKey } },
      }),
    rotate(): void {
      const next = openRing(newRing()).current;
      box.introduce(next);
      key = next;
    },
    /** chain ends of a range, as a gap record or retention notes them */
    ends: (from: number, to: number) => ({
      before: (messages[from - 1]!.seal as Envelope).previousHash,
      after: (messages[to]?.seal as Envelope | undefined)?.previousHash ?? previousHash,
    }),
  };
  return box;
}

/** A box with a key record and nine reads. */
function tenRecords() {
  const box = createBox();
  box.introduce(box.key);
  box.addMany(9);
  return box;
}

const verify = (
  messages: readonly unknown[],
  options: VerifyOptions & { removed?: Removed[]; key?: BoxKey } = {},
) =>
  verifyRecords(
    {
      records: () =>
        messages.map((message, index) => ({
          where: `line ${index + 1}`,
          message: message as Record<string, unknown> | undefined,
        })),
      removed: (options.removed ?? []).map((removed) => signRemoved(options.key!, removed)),
    },
    options,
  );

const without = (messages: readonly Message[], ...seqs: number[]) =>
  messages.filter(({ seq }) => !seqs.includes(seq));

test('an untouched sequence is right, and the report says what was checked', async (t) => {
  const box = tenRecords();
  t.match(await verify(box.messages, { keys: [box.key.publicKey] }), {
    ok: true,
    records: 10,
    withoutPayload: 0,
    breaks: [],
    keys: [box.key.id],
    trustedOnFirstUse: null,
    epochs: [{ epoch: 'e1', records: 10, firstSeq: 1, lastSeq: 10, lastHash: box.hash }],
  });
  t.match(await verify(box.messages), { ok: true, trustedOnFirstUse: box.key.id });
});

test('arrival in any order, and the same record twice, are nothing', async (t) => {
  const { messages } = tenRecords();
  t.match(await verify([...messages].reverse()), { ok: true });
  const order = [7, 2, 9, 0, 4, 4, 1, 8, 3, 6, 5, 2];
  t.match(await verify(order.map((index) => messages[index])), { ok: true, records: 12 });
});

test('the lane and the connection that a record came by do not count', async (t) => {
  const { messages } = tenRecords();
  t.match(await verify(messages.map((each) => ({ ...each, lane: 'backlog', connection: '01234567' }))), {
    ok: true,
  });
});

test('a changed record: the content', async (t) => {
  const { messages } = tenRecords();
  messages[4] = { ...messages[4]!, n: 999 };
  const { ok, breaks } = await verify(messages);
  t.notOk(ok);
  t.match(breaks, [{ code: 'payload', epoch: 'e1', from: 5, where: 'line 5', meaning: /changed/ }]);
  t.equal(breaks.length, 1);
});

test('a changed record: its seal made to fit', async (t) => {
  const { messages } = tenRecords();
  const changed: Message = { ...messages[4]!, n: 999 };
  messages[4] = { ...changed, seal: { ...(changed.seal as object), payloadHash: payloadHashOf(changed) } };
  t.match(await verify(messages), { ok: false, breaks: [{ code: 'signature', from: 5 }] });
});

test('a record under another number', async (t) => {
  const { messages } = tenRecords();
  messages[4] = { ...messages[4]!, seq: 6 };
  messages[5] = { ...messages[5]!, seq: 5 };
  const { breaks } = await verify(messages);
  t.match(
    breaks.map(({ code }) => code),
    ['signature', 'signature'],
  );
});

test('a removed record: at the start, in the middle, at the end', async (t) => {
  const box = tenRecords();
  const keys = [box.key.publicKey];
  t.match(await verify(without(box.messages, 5, 6), { keys }), {
    breaks: [{ code: 'missing', from: 5, to: 6 }],
  });
  t.match(await verify(without(box.messages, 1), { keys }), {
    breaks: [{ code: 'missing', from: 1, to: 1 }],
  });
  const heads = new Map([['e1', { seq: 10, hash: box.hash }]]);
  t.match(await verify(box.messages, { keys, heads }), { ok: true });
  t.match(await verify(without(box.messages, 9, 10), { keys, heads }), {
    breaks: [{ code: 'tail', from: 9, to: 10 }],
  });
  t.match(await verify([], { keys, heads }), { ok: false, breaks: [{ code: 'tail', from: 1, to: 10 }] });
});

test('a file that begins later than the epoch is right only where that is expected', async (t) => {
  const box = tenRecords();
  const late = without(box.messages, 1, 2, 3);
  const keys = [box.key.publicKey];
  t.match(await verify(late, { keys }), { ok: false });
  t.match(await verify(late, { keys, mayBeginLate: true }), { ok: true, epochs: [{ firstSeq: 4 }] });
});

test('an inserted record: without a seal, with a copied one, with a key of its own', async (t) => {
  const box = tenRecords();
  const forger = openRing(newRing()).current;
  const { seal: _, ...bare } = box.messages[3]!;
  t.match(await verify([...box.messages, { ...bare, seq: 11 }]), {
    breaks: [{ code: 'unsealed', from: 11 }],
  });
  t.match(await verify([...box.messages, { ...box.messages[3]!, seq: 11 }]), {
    breaks: [{ code: 'signature' }],
  });
  const other = createBox('e1');
  other.introduce(forger);
  t.match(await verify([...box.messages, ...other.messages], { keys: [box.key.publicKey] }), {
    ok: false,
    breaks: [{ code: 'key', from: 1, meaning: /put in/ }],
  });
  t.match(await verify([...box.messages, undefined, { seq: 'x' }, { seal: {} }]), {
    breaks: [{ code: 'malformed' }, { code: 'malformed' }, { code: 'malformed' }],
  });
});

test('two true records for one place, as a copied box makes them', async (t) => {
  const box = tenRecords();
  const at = box.messages.length;
  box.add({ type: 'read', n: 'one' });
  const [one] = box.messages.splice(at);
  const twin = createBox();
  twin.messages.push(...box.messages);
  const forked: Message = { ...one!, n: 'two' };
  const envelope: Envelope = {
    version: 1,
    epoch: 'e1',
    seq: 11,
    id: String(one!.id),
    type: 'read',
    payloadHash: payloadHashOf(forked),
    previousHash: (one!.seal as Envelope).previousHash,
    keyId: box.key.id,
  };
  const { payloadHash, previousHash, keyId } = envelope;
  forked.seal = { keyId, payloadHash, previousHash, signature: box.key.sign(envelopeText(envelope)) };
  t.match(await verify([...box.messages, one, forked]), { breaks: [{ code: 'double', from: 11 }] });
});

test('retention: what the box says it removed is no break; anybody else saying so is', async (t) => {
  const box = tenRecords();
  const kept = without(box.messages, 1, 2, 3, 6, 7);
  const keys = [box.key.publicKey];
  const removed = [
    { epoch: 'e1', from: 1, to: 3, ...box.ends(1, 3) },
    { epoch: 'e1', from: 6, to: 7, ...box.ends(6, 7) },
  ];
  t.match(await verify(kept, { keys, removed, key: box.key }), { ok: true });
  const forger = openRing(newRing()).current;
  const forged = await verify(kept, { keys, removed, key: forger });
  t.ok(forged.breaks.some(({ code }) => code === 'removal'));
  t.ok(forged.breaks.some(({ code, from }) => code === 'missing' && from === 6));
});

test('retention of one range does not cover the next, nor another record in its place', async (t) => {
  const box = tenRecords();
  const keys = [box.key.publicKey];
  const removed = [{ epoch: 'e1', from: 5, to: 6, ...box.ends(5, 6) }];
  t.match(await verify(without(box.messages, 5, 6, 7), { keys, removed, key: box.key }), {
    breaks: [{ code: 'missing', from: 7, to: 7 }],
  });
  const wrongEnds = [{ ...removed[0]!, after: 'f'.repeat(64) }];
  t.match(await verify(without(box.messages, 5, 6), { keys, removed: wrongEnds, key: box.key }), {
    breaks: [{ code: 'ends', from: 5, to: 6 }],
  });
  const wholesale = [{ epoch: 'e1', from: 2, to: 11, before: GENESIS, after: 'f'.repeat(64) }];
  t.match(
    await verify(box.messages, { keys, removed: wholesale, key: box.key }),
    { ok: true },
    'nothing is missing',
  );
});

test('an erased payload: its seal is enough', async (t) => {
  const { messages } = tenRecords();
  const { epoch, seq, seal, id, type } = messages[4]!;
  messages[4] = { epoch, seq, seal, id, type };
  t.match(await verify(messages), { ok: true, withoutPayload: 1 });
  messages[4] = { epoch, seq, seal, id, type: 'hit' };
  t.match(await verify(messages), { breaks: [{ code: 'signature', from: 5 }] });
});

test('a gap record accounts for what it names, with and without the ends of the chain', async (t) => {
  const box = tenRecords();
  const gap = { what: 'records', epoch: 'e1', from: 5, to: 6, count: 2, reason: 'dropped' };
  for (const chain of [box.ends(5, 6), undefined]) {
    const { messages } = box;
    box.add({ type: 'gap', gap: { ...gap, ...(chain && { chain }) } });
    t.match(await verify(without(messages, 5, 6)), { ok: true });
    t.match(await verify(without(messages, 5, 6, 7)), { breaks: [{ code: 'missing', from: 7, to: 7 }] });
  }
});

test('a gap record whose ends do not fit, for pictures, or forged, accounts for nothing', async (t) => {
  const box = tenRecords();
  const gap = { what: 'records', epoch: 'e1', from: 5, to: 6, count: 2, reason: 'dropped' };
  box.add({ type: 'gap', gap: { ...gap, chain: { ...box.ends(5, 6), before: GENESIS } } });
  t.match(await verify(without(box.messages, 5, 6)), { breaks: [{ code: 'ends', from: 5 }] });
  const pictures = tenRecords();
  pictures.add({ type: 'gap', gap: { ...gap, what: 'pictures' } });
  t.match(await verify(without(pictures.messages, 5, 6)), { breaks: [{ code: 'missing', from: 5 }] });
  const forged = tenRecords();
  const record = forged.add({ type: 'gap', gap });
  forged.messages[10] = { ...record, gap: { ...gap, from: 4 } };
  t.match(await verify(without(forged.messages, 4, 5, 6)), {
    ok: false,
    breaks: [{ code: 'missing', from: 4 }],
  });
});

test('a change of key, introduced by the key before, twice', async (t) => {
  const box = tenRecords();
  const first = box.key.publicKey;
  box.rotate();
  box.addMany(3);
  box.rotate();
  box.addMany(3);
  t.match(await verify(box.messages, { keys: [first] }), { ok: true, keys: { length: 3 } });
  t.match(await verify([...box.messages].reverse(), { keys: [first] }), { ok: true });
});

test('after a change the old key is worth nothing: whoever has it cannot go on', async (t) => {
  const box = tenRecords();
  const old = box.key;
  box.rotate();
  box.add();
  const late = { schema: 1, type: 'read', id: randomUUIDv7() };
  const envelope: Envelope = {
    version: 1,
    epoch: 'e1',
    seq: 13,
    id: late.id,
    type: 'read',
    payloadHash: payloadHashOf(late),
    previousHash: box.hash,
    keyId: old.id,
  };
  const { payloadHash, previousHash, keyId } = envelope;
  const seal = { keyId, payloadHash, previousHash, signature: old.sign(envelopeText(envelope)) };
  t.match(await verify([...box.messages, { ...late, epoch: 'e1', seq: 13, seal }]), {
    breaks: [{ code: 'key', from: 13 }],
  });
});

test('a new epoch after a lost key is believed only when its key is named', async (t) => {
  const box = tenRecords();
  const next = createBox('e2');
  next.introduce(next.key);
  next.addMany(2);
  const all = [...box.messages, ...next.messages];
  t.match(await verify(all, { keys: [box.key.publicKey] }), {
    ok: false,
    breaks: [{ code: 'key', epoch: 'e2' }],
  });
  t.match(await verify(all, { keys: [box.key.publicKey, next.key.publicKey] }), {
    ok: true,
    epochs: [{ epoch: 'e1' }, { epoch: 'e2' }],
  });
});

test('records from before the chain are counted, and nothing is said for them', async (t) => {
  const { messages } = tenRecords();
  const old = { schema: 1, type: 'read', id: randomUUIDv7(), epoch: 'e0', seq: 1 };
  t.match(await verify([old, ...messages]), { ok: false, unsealed: 1, breaks: [] });
});

test('nothing to check is not called right', async (t) => {
  t.match(await verify([]), { ok: false, records: 0, breaks: [] });
});

test('long files tell how far they are', async (t) => {
  const box = createBox();
  box.introduce(box.key);
  box.addMany(2100);
  const heard: number[] = [];
  t.match(await verify(box.messages, { onProgress: (checked) => heard.push(checked) }), { ok: true });
  t.same(heard, [1000, 2000]);
});
