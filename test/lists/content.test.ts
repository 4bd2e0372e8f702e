// What a publisher makes of rows: changes where they are shorter than the list, parts that give back what was cut.

import { test } from 'tap';
import { changesBetween, cut, hashOf, hashOfLines, linesOf } from '../../scripts/publisher/content.ts';

const row = (n: number, reason = 'stolen') => JSON.stringify({ plate: `1ABC${n}`, reason });
const rows = (from: number, to: number, reason?: string) =>
  Array.from({ length: to - from }, (_, n) => row(from + n, reason));
const removed = (n: number) => JSON.stringify({ action: 'remove', plate: `1ABC${n}` });

test('changes are what goes, then what comes; a plate that says something else does both', async (t) => {
  const before = rows(100, 110);
  t.same(changesBetween(before, before), []);
  t.same(changesBetween(before, [...before.slice(1), row(200)]), [removed(100), row(200)]);
  t.same(changesBetween(before, [row(100, 'found'), ...before.slice(1)]), [removed(100), row(100, 'found')]);
  t.same(
    changesBetween(before, []),
    before.map((_, n) => removed(100 + n)),
  );
});

test('where more than half of a list is another, the whole list says it shorter', async (t) => {
  const before = rows(100, 200);
  const half = [...before.slice(0, 50), ...rows(150, 200, 'found')];
  t.equal(changesBetween(before, half)?.length, 100, 'half of it: fifty go, fifty come');
  t.equal(changesBetween(before, [...before.slice(0, 49), ...rows(149, 200, 'found')]), undefined);
  t.equal(changesBetween(before, rows(500, 600)), undefined);
  t.equal(changesBetween([], before), undefined);
});

test('parts that end anywhere in a line, and in a character, give back what was cut', async (t) => {
  const reason = 'gestohlen in Köln, 日本 🚗';
  const lines = Array.from({ length: 25_001 }, (_, n) => row(n, `${reason} ${n}`));
  const { parts, content } = cut(lines, null, 2000);
  t.ok(parts.length > 20);
  t.ok(
    parts.every(({ byteLength }) => byteLength <= 2000),
    'none is larger than allowed',
  );
  t.equal(content.rows, lines.length);
  t.strictSame(linesOf(parts), lines);
  t.equal(hashOfLines(lines), hashOf(`${lines.join('\n')}\n`), 'in pieces the same as in one');
  t.same(linesOf(cut([], null).parts), []);
});
