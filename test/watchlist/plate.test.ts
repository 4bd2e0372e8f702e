// Plates as sources write them, and when entries count.

import { test } from 'tap';
import { isValidAt, normalisePlate, type Validity } from '../../agent/watchlist/index.ts';

test('a plate is the same however it is written', (t) => {
  for (const [written, plate] of [
    ['1-abc-234', '1ABC234'],
    ['  M·AB 123', 'MAB123'],
    ['MÜ-X 99', 'MUX99'],
    ['СА 1234 КН', 'CA1234KH'],
    ['ΥΖΑ-1234', 'YZA1234'],
    ['１２ＡＢ', '12AB'],
  ] as const)
    t.same(normalisePlate(written), { plate, wildcard: false }, written);
  t.same(normalisePlate('1-A?C-**'), { plate: '1A?C*', wildcard: true });
  t.end();
});

test('what is no plate is refused, without its text', (t) => {
  for (const [written, problem] of [
    ['', 'empty'],
    [' - ', 'empty'],
    ['1AB#23', 'a character that no plate has'],
    ['1ABЖ23', 'a character that no plate has'],
    ['A', 'too few characters'],
    ['ABCDEFGH12345', 'too many characters'],
    ['A'.repeat(1000), 'too many characters'],
    ['*', 'a pattern that matches nearly every plate'],
    ['?1*', 'a pattern that matches nearly every plate'],
  ] as const)
    t.same(normalisePlate(written), { problem }, written);
  t.end();
});

const always: Validity = { from: null, to: null, days: null, minutes: null, zones: null };
// 2026-11-22 was a Sunday; in Brussels it is an hour later than in UTC.
const sunday = (hours: number, minutes = 0) => Date.UTC(2026, 10, 22, hours - 1, minutes);
const DAY = 86_400_000;

test('an entry counts from its first moment until the last, on its days, in its hours', (t) => {
  const at = sunday(12);
  const cases: [string, Partial<Validity>, number, boolean][] = [
    ['always', {}, at, true],
    ['from, its first moment', { from: at }, at, true],
    ['from, before', { from: at + 1 }, at, false],
    ['to is too late', { to: at }, at, false],
    ['to, before', { to: at + 1 }, at, true],
    ['its day', { days: [7] }, at, true],
    ['another day', { days: [1, 2, 3] }, at, false],
    ['its hours', { minutes: [12 * 60, 13 * 60] }, at, true],
    ['after its hours', { minutes: [11 * 60, 12 * 60] }, at, false],
    ['over midnight, evening', { minutes: [22 * 60, 6 * 60] }, sunday(23), true],
    ['over midnight, noon', { minutes: [22 * 60, 6 * 60] }, at, false],
    [
      'over midnight, the night that began on its day',
      { days: [7], minutes: [1320, 360] },
      sunday(2) + DAY,
      true,
    ],
    ['over midnight, the night before', { days: [7], minutes: [1320, 360] }, sunday(2), false],
    ['midnight', { days: [7], minutes: [0, 1] }, sunday(0), true],
  ];
  for (const [name, part, when, wanted] of cases)
    t.equal(isValidAt({ ...always, ...part }, when, 'Europe/Brussels'), wanted, name);
  t.end();
});
