// How the command writes: tables that fit, times that people write, colours where they belong.

import { test } from 'tap';
import { errorLines, fittedLines } from '../../agent/cli/errors.ts';
import { exitCodeOf } from '../../agent/cli/exit-codes.ts';
import { createOutput } from '../../agent/cli/output.ts';
import { printable, tableLines, wrap } from '../../agent/cli/table.ts';
import { durationText, localTime, sizeText, timeOf } from '../../agent/cli/times.ts';
import { AnprError } from '../../agent/shared/errors.ts';

test('a table is as wide as its content, and its widest column wraps when the line is short', (t) => {
  const rows = [
    ['a', 'short'],
    ['b', 'words that go on and on'],
  ];
  t.same(tableLines(['ID', 'TEXT'], rows, { width: 80 }), [
    'ID  TEXT',
    'a   short',
    'b   words that go on and on',
  ]);
  t.same(tableLines(['ID', 'TEXT'], rows, { width: 16 }), [
    'ID  TEXT',
    'a   short',
    'b   words that',
    '    go on and on',
  ]);
  t.end();
});

test('a style is put on the text and not on the gap behind it', (t) => {
  const rows = [[{ text: 'ok', style: 'green' as const }, 'x']];
  t.same(tableLines(['STATE', 'Y'], rows, { width: 80, paint: (style, text) => `<${style}>${text}` }), [
    '<bold>STATE  <bold>Y',
    '<green>ok     x',
  ]);
  t.end();
});

test('what came from outside cannot drive the terminal', (t) => {
  t.equal(printable('a\u001b[31mred\u0007\r\nb\u009b'), 'a [31mred b ');
  t.same(tableLines(['X'], [['1\u001b[2J2']], { width: 80 }), ['X', '1 [2J2']);
  t.end();
});

test('text wraps at spaces, and breaks where there are none', (t) => {
  t.same(wrap('one two three', 7), ['one two', 'three']);
  t.same(wrap('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  t.same(wrap('', 4), ['']);
  t.end();
});

test('colours come on a terminal only, and never with NO_COLOR', (t) => {
  const painted = (stream: object, environment: Record<string, string>) =>
    createOutput({ write() {}, ...stream }, environment).paint('red', 'x') !== 'x';
  t.equal(painted({ isTTY: true }, { TERM: 'xterm' }), true);
  t.equal(painted({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' }), false);
  t.equal(painted({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '' }), true, 'an empty one is none');
  t.equal(painted({ isTTY: true }, { TERM: 'dumb' }), false);
  t.equal(painted({}, { TERM: 'xterm' }), false);
  t.end();
});

const NOW = new Date(2026, 10, 22, 14, 7, 56).getTime();
const local = (...parts: [number, number, number, number?, number?, number?]) => new Date(...parts).getTime();

const times: [text: string, at: number | undefined][] = [
  ['now', NOW],
  ['90s', NOW - 90_000],
  ['30min', NOW - 30 * 60_000],
  ['1.5h', NOW - 90 * 60_000],
  ['3d', NOW - 3 * 86_400_000],
  ['today', local(2026, 10, 22)],
  ['yesterday', local(2026, 10, 21)],
  ['13:07', local(2026, 10, 22, 13, 7)],
  ['2026-11-20', local(2026, 10, 20)],
  ['2026-11-20 06:30', local(2026, 10, 20, 6, 30)],
  ['2026-11-20T06:30:15', local(2026, 10, 20, 6, 30, 15)],
  ['2026-11-20T06:30:15.250Z', Date.UTC(2026, 10, 20, 6, 30, 15, 250)],
  ['2026-11-20 06:30+01:00', Date.UTC(2026, 10, 20, 5, 30)],
  ['25:00', undefined],
  ['2026-13-01', undefined],
  ['20/11/2026', undefined],
  ['soon', undefined],
  ['', undefined],
];

for (const [text, at] of times)
  test(`"${text}" is ${at === undefined ? 'no time' : new Date(at).toISOString()}`, (t) => {
    t.equal(timeOf(text, NOW), at);
    t.end();
  });

test('times, durations and sizes for people', (t) => {
  t.equal(localTime(NOW), '2026-11-22 14:07:56');
  t.same([400, 59_400, 61_000, 3_600_000, 7_500_000, 90_000_000, -5].map(durationText), [
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
    '0 s',
  ]);
  t.same([0, 999, 4096, 12_300_000, 5e12].map(sizeText), ['0 B', '999 B', '4.1 kB', '12.3 MB', '5.0 TB']);
  t.end();
});

test('an error says what to do and its code; an unexpected one has no secret in it', (t) => {
  const error = new AnprError('journal.full', 'no space', 'Make room.');
  t.same(errorLines(error), ['anpr: no space', '      Make room.', '      (journal.full)']);
  const unexpected = errorLines(new TypeError('rtsp://a:hunter2@b broke'), true);
  t.match(unexpected[0], /unexpected: rtsp:\/\/\*\*\*@b broke/);
  t.notMatch(unexpected.join(), /hunter2/);
  t.match(errorLines(new Error('x'), false)[1], /ANPR_DEBUG=1/);
  t.end();
});

test('on a terminal it is broken between words, and what goes on stands indented', (t) => {
  const error = new AnprError('config.invalid', 'two problems\nthe first is long', 'Correct the file.');
  t.same(fittedLines(errorLines(error), 20), [
    'anpr: two',
    '      problems',
    'the first is',
    '      long',
    '      Correct the',
    '      file.',
    '      (config.invali',
    '      d)',
  ]);
  t.same(fittedLines(errorLines(error), 80), [
    'anpr: two problems',
    'the first is long',
    '      Correct the file.',
    '      (config.invalid)',
  ]);
  t.end();
});

test('exit statuses by code', (t) => {
  t.equal(exitCodeOf(new AnprError('config.invalid', '')), 2);
  t.equal(exitCodeOf(new AnprError('usage.probe', '')), 2);
  t.equal(exitCodeOf(new AnprError('api.not-running', '')), 3);
  t.equal(exitCodeOf(new AnprError('journal.full', '')), 1);
  t.equal(exitCodeOf(new Error('x')), 1);
  t.end();
});
