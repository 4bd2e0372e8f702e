import { test } from 'tap';
import { align } from '../../agent/passage/align.ts';
import { floorSlots } from './road.ts';

const columns = (text: string) => floorSlots(text);
const pairs = (a: string, b: string) =>
  align(columns(a), columns(b)).steps.map(({ column, slot }) => `${a[column] ?? '-'}${b[slot] ?? '-'}`);

test('what lines up with what', (t) => {
  const table: [string, string, string[]][] = [
    ['ABC', 'ABC', ['AA', 'BB', 'CC']],
    ['ABC', 'ABD', ['AA', 'BB', 'CD']],
    ['ABC', 'BC', ['A-', 'BB', 'CC']],
    ['ABC', 'AC', ['AA', 'B-', 'CC']],
    ['ABC', 'ABCD', ['AA', 'BB', 'CC', '-D']],
    ['ABC', 'XABC', ['-X', 'AA', 'BB', 'CC']],
    ['', 'AB', ['-A', '-B']],
    ['AB', '', ['A-', 'B-']],
  ];
  for (const [a, b, expected] of table) t.same(pairs(a, b), expected, `${a} with ${b}`);
  t.end();
});

test('the same text is evidence for one plate, another text against it, by the character', (t) => {
  const odds = (a: string, b: string) => align(columns(a), columns(b)).logOdds;
  t.ok(odds('1ABC123', '1ABC123') > 20);
  t.ok(odds('1ABC123', '7XYZ987') < -10);
  t.ok(odds('1ABC123', '1ABC124') < odds('1ABC123', '1ABC123') - 5);
  t.ok(odds('1ABC123', '1ABC124') > 5);
  t.end();
});

test('a reading that says nothing is no evidence', (t) => {
  const vague = Array.from({ length: 7 }, () => new Array<number>(37).fill(1 / 37));
  t.ok(Math.abs(align(columns('1ABC123'), vague).logOdds) < 1e-9);
  t.end();
});
