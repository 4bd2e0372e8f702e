import { test } from 'tap';
import { giveBack, uncleared } from '../../agent/shared/memory.ts';

test('what is given back is empty, with every view of it; twice is fine', async (t) => {
  const bytes = uncleared(300_000);
  const part = bytes.subarray(100, 200);
  t.equal(bytes.length, 300_000);
  giveBack(part);
  t.same([bytes.length, part.length, bytes.buffer.byteLength], [0, 0, 0]);
  giveBack(bytes);
});

test("small buffers share Node's pool and are left alone", async (t) => {
  const [one, other] = [Buffer.from('one'), Buffer.from('other')];
  t.equal(one.buffer, other.buffer);
  giveBack(one);
  t.equal(other.toString(), 'other');
});
