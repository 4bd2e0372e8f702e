import { test } from 'tap';
import { isNews, NOTHING_TOLD } from '../../agent/camera/open-policy.ts';

const seen = (...passages: [id: string, lastSeen: number][]) =>
  passages.map(([id, lastSeen]) => ({ id, lastSeen }));
const told = { at: 1000, passages: seen(['a', 980], ['b', 1000]) };

const cases: [name: string, passages: ReturnType<typeof seen>, at: number, wanted: boolean][] = [
  ['the same', seen(['a', 980], ['b', 1000]), 5000, false],
  ['one more', seen(['a', 980], ['b', 1000], ['c', 1001]), 1001, true],
  ['one less', seen(['b', 1000]), 1001, true],
  ['another', seen(['a', 980], ['c', 1001]), 1001, true],
  ['seen again, a moment later', seen(['a', 980], ['b', 1100]), 1100, false],
  ['seen again, a quarter of a second later', seen(['a', 980], ['b', 1240]), 1250, true],
];

for (const [name, passages, at, wanted] of cases)
  test(name, (t) => {
    t.equal(isNews(told, passages, at), wanted);
    t.end();
  });

test('nothing is no news, the first passage is', (t) => {
  t.notOk(isNews(NOTHING_TOLD, [], 1000));
  t.ok(isNews(NOTHING_TOLD, seen(['a', 1000]), 1000));
  t.end();
});
