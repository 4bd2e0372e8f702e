import { test } from 'tap';
import { withPauses } from '../../agent/shared/pauses.ts';

test('a sequence tells of its pauses, and loses nothing', async (t) => {
  let goOn = () => {};
  async function* source() {
    yield 1;
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    yield 2;
    yield 3;
  }
  const came: (number | null)[] = [];
  for await (const item of withPauses(source(), 10)) {
    came.push(item);
    if (item === null) goOn();
  }
  t.same(
    came.filter((item) => item !== null),
    [1, 2, 3],
  );
  t.equal(came[1], null);
});

test('whoever stops in a pause does not wait for the source, and a fault of it comes through', async (t) => {
  let ended = false;
  async function* silent() {
    try {
      yield 1;
      await new Promise(() => {});
    } finally {
      ended = true;
    }
  }
  for await (const item of withPauses(silent(), 10)) if (item === null) break;
  t.notOk(ended, 'it waits still, and nobody for it');

  async function* broken() {
    yield 1;
    throw new Error('gone');
  }
  const all = async () => {
    for await (const _ of withPauses(broken(), 1000));
  };
  await t.rejects(all(), { message: 'gone' });

  async function* closes() {
    try {
      yield 1;
      yield 2;
    } finally {
      ended = true;
    }
  }
  for await (const item of withPauses(closes(), 1000)) if (item === 1) break;
  t.ok(ended, 'between two items it is closed as ever');
});
