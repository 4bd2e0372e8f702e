// From answers to numbers: by motion, by count, by truth; and what the technician types.

import { join } from 'node:path';
import { test } from 'tap';
import { differences, measure } from '../../agent/commission/measure.ts';
import {
  drawn,
  firstOpen,
  momentAnswer,
  questionsOf,
  readAnswer,
  readsNear,
  typedAnswer,
} from '../../agent/commission/review-policy.ts';
import { held, loadTruth } from '../../agent/commission/truth.ts';
import { BEGIN, contentFrom, readAt, stateOf } from './state.ts';

const options = { deliveredWithinMs: 2000, hourOf: () => 14 };
const moment = (index: number) => ({
  id: `m${index}`,
  from: BEGIN + index,
  to: BEGIN + index + 1,
  pictures: [1],
});

test('by motion: missed vehicles of the moments that were not shown are taken to be as many', async (t) => {
  const state = stateOf(90, {
    moments: [moment(0), moment(1), moment(2), moment(3)],
    momentsFound: 8,
    momentAnswers: { m0: { missed: 0 }, m1: { missed: 2 }, m2: { missed: null } },
  });
  const measures = measure(state, options);
  t.match(measures.moments, { found: 8, asked: 4, answered: 2, missed: 2 });
  t.equal(measures.missed, 8, 'two in two, of eight');
  t.match(measures.capturedShare, { count: 90, n: 98 });
  t.equal(measures.method, 'motion');
  t.equal(
    measure({ ...state, momentAnswers: {} }, options).capturedShare.share,
    null,
    'nobody looked: not known',
  );
});

test('false reads and repetitions are no captured vehicles, in the sample and beyond it', async (t) => {
  const state = stateOf(100);
  state.sample = state.sample.slice(0, 20);
  const kinds = ['no-plate', 'again', 'unreadable', 'wrong', 'wrong'] as const;
  state.answers = Object.fromEntries(
    state.sample.map((id, index) => {
      const kind = kinds[index] ?? 'right';
      return [id, kind === 'wrong' ? { kind, text: '1ABD101' } : { kind }];
    }),
  );
  const measures = measure({ ...state, counted: 95 }, options);
  t.equal(measures.captured, 90, 'two of twenty were none');
  t.equal(measures.missed, 5);
  t.match(measures.readShare, { count: 15, n: 17 }, 'what nobody can read is not held against it');
  const low = measure({ ...state, counted: 80 }, options);
  t.ok(low.countTooLow);
  t.match(low.capturedShare, { count: 80, n: 80 });
});

test('what was never acknowledged was not delivered in time', async (t) => {
  const state = stateOf(20);
  state.reads[0]!.sentAt = null;
  state.reads[1]!.sentAt = state.reads[1]!.lastSeen + 2001;
  t.match(measure(state, options).delivered, { share: { count: 18, n: 20 }, p50Ms: 700, p95Ms: 2001 });
  for (const read of state.reads) read.sentAt = null;
  t.match(
    measure(state, options).delivered,
    { share: { share: null }, p95Ms: null },
    'no uplink: not measured',
  );
});

test('which characters were taken for which', async (t) => {
  t.same(differences('1ABC123', '1A8C123'), [['B', '8']]);
  t.same(differences('1ABC123', '1ABC12'), [['3', '']]);
  t.same(differences('ABC', 'AXBC'), [['', 'X']]);
  t.same(differences('SAME', 'SAME'), []);
  const state = stateOf(3);
  state.answers['read-0'] = { kind: 'wrong', text: '8ABC100' };
  state.answers['read-1'] = { kind: 'wrong', text: '8ABC101' };
  t.same(measure(state, options).misreads, [{ was: '8', read: '1', count: 2 }]);
});

test('bars hold every read, by what was found', async (t) => {
  const state = stateOf(30);
  delete state.answers['read-3'];
  state.answers['read-4'] = { kind: 'wrong', text: 'X' };
  state.reads[5]!.confidence = 1;
  const { bars } = measure(state, options);
  for (const [name, own] of Object.entries(bars)) {
    const sum = (kind: 'right' | 'wrong' | 'unchecked') => own.reduce((all, bar) => all + bar[kind], 0);
    t.same([sum('right'), sum('wrong'), sum('unchecked')], [28, 1, 1], name);
  }
  t.equal(bars.hour.find(({ from }) => from === 14)!.right, 28);
});

test('the sample is by chance, and always the same one', async (t) => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const first = drawn(items, 10, 'seed');
  t.same(drawn(items, 10, 'seed'), first);
  t.notSame(drawn(items, 10, 'other'), first);
  t.same(
    [...first].sort((a, b) => a - b),
    first,
    'in their own order',
  );
  t.same(drawn(items, 200, 'seed'), items);
});

test('typed answers, and where to go on', async (t) => {
  t.same(typedAnswer('', '1ABC123'), { kind: 'right' });
  t.same(typedAnswer('1-abc-123', '1ABC123'), { kind: 'right' });
  t.same(typedAnswer('1abd123', '1ABC123'), { kind: 'wrong', text: '1ABD123' });
  const state = stateOf(3, { moments: [moment(0)], answers: { 'read-0': { kind: 'right' } } });
  const questions = questionsOf(state);
  t.same(
    questions.map(({ id }) => id),
    ['read-0', 'read-1', 'read-2', 'm0'],
  );
  t.equal(firstOpen(questions, state), 1);
  const all = stateOf(3, { moments: [moment(0)], momentAnswers: { m0: { missed: null } } });
  t.equal(firstOpen(questions, all), 4, 'not to be told is an answer');
});

test('what a key says of a read and of a moment', async (t) => {
  const read = { text: '1ABC123' };
  for (const [key, typed, answer] of [
    ['enter', '', { kind: 'right' }],
    ['enter', 'xyz 9', { kind: 'wrong', text: 'XYZ9' }],
    ['-', '', { kind: 'no-plate' }],
    ['+', '', { kind: 'again' }],
    ['=', '', { kind: 'again' }],
    ['.', '', { kind: 'unreadable' }],
    ['-', 'xyz', undefined],
    ['.', 'x', undefined],
    ['a', '', undefined],
    ['right', '', undefined],
  ] as const)
    t.same(readAnswer(key, typed, read), answer, `${typed}${key}`);
  for (const [key, missed] of [
    ['enter', 0],
    ['0', 0],
    ['9', 9],
    ['.', null],
  ] as const)
    t.same(momentAnswer(key), { missed });
  for (const key of ['-', '10', ' ', 'x', '']) t.equal(momentAnswer(key), undefined, key);
  const [before, meanwhile, after, later] = [0, 1, 2, 3].map((index) => readAt(index));
  const span = { from: before!.lastSeen + 2000, to: after!.firstSeen - 1000 };
  t.same(readsNear(span, [before!, meanwhile!, after!, later!]), [
    { text: before!.text, offsetMs: -2000 },
    { text: meanwhile!.text, offsetMs: 0 },
    { text: after!.text, offsetMs: 1000 },
  ]);
});

test('a list of what passed is held against the reads', async (t) => {
  const reads = [
    readAt(0),
    readAt(1, { text: '1ABC10I' }),
    readAt(2, { text: 'N8KM124' }),
    readAt(3),
    readAt(4, {
      text: '1ABC103',
      capturedAt: readAt(3).capturedAt + 5000,
      firstSeen: readAt(3).capturedAt + 4000,
      lastSeen: readAt(3).capturedAt + 5000,
    }),
  ];
  const folder = t.testdir({
    'passed.csv': [
      'Time;Plate',
      ...[0, 1, 3].map(
        (index) => `${new Date(readAt(index).capturedAt + 1000).toISOString()};1-abc-${100 + index}`,
      ),
      `${new Date(BEGIN + 90_000).toISOString()};2XYZ999`,
      `${new Date(BEGIN - 900_000).toISOString()};BEFORE1`,
    ].join('\r\n'),
    'reads.csv': 'read,plate\nread-0,1ABC100\nread-2,\n',
    'no-time.csv': 'time,plate\nyesterday,1ABC100\n',
    'other.csv': 'when,what\n1,2\n',
  });
  const truth = loadTruth(join(folder, 'passed.csv'));
  const found = held(truth, reads, [{ from: BEGIN, to: BEGIN + 200_000 }]);
  t.same(found.answers, {
    'read-0': { kind: 'right' },
    'read-1': { kind: 'wrong', text: '1ABC101' },
    'read-2': { kind: 'no-plate' },
    'read-3': { kind: 'right' },
    'read-4': { kind: 'again' },
  });
  t.equal(found.missed, 1, 'what passed before is not asked of it');
  t.same(held(loadTruth(join(folder, 'reads.csv')), reads, []), {
    answers: { 'read-0': { kind: 'right' }, 'read-2': { kind: 'no-plate' } },
    missed: null,
  });
  t.throws(() => loadTruth(join(folder, 'no-time.csv')), {
    code: 'usage.truth',
    message: /line 2: wanted a time.*yesterday/,
  });
  t.throws(() => loadTruth(join(folder, 'other.csv')), {
    code: 'usage.truth',
    message: /columns when, what/,
  });
  t.throws(() => loadTruth(join(folder, 'none.csv')), { code: 'usage.truth' });
});

test('a whole report: criteria, notes, verdict', async (t) => {
  const good = contentFrom(stateOf(100));
  t.equal(good.verdict, 'pass');
  t.same(
    good.criteria.map(({ id, verdict }) => [id, verdict]),
    [
      ['captured', 'pass'],
      ['read', 'pass'],
      ['clock', 'pass'],
      ['delivered', 'pass'],
    ],
  );
  t.equal(good.criteria[2]!.value, -4.2, 'the worst of probe and reads');
  t.match(
    good.aim.find(({ name }) => name === 'width'),
    { value: 128, limit: 104, good: true },
  );
  t.same(good.lanes?.columns.indexOf(100), 4);

  const busy = stateOf(100);
  busy.segments = [{ from: BEGIN, to: BEGIN + 300_000 }];
  busy.passages = busy.passages.map((passage, index) => ({
    ...passage,
    from: BEGIN + 3000 * index,
    to: BEGIN + 3000 * index + 900,
  }));
  const doubtful = contentFrom(busy);
  t.equal(doubtful.verdict, 'undecided');
  t.match(doubtful.criteria[0], { verdict: 'undecided', notes: ['too-busy'] });
  t.equal(contentFrom({ ...busy, counted: 100 }).verdict, 'pass', 'counted, it is known');

  const nothing = contentFrom(stateOf(0));
  t.equal(nothing.verdict, 'undecided', 'no passage came');
  t.equal(nothing.passages.reads, 0);
  const adrift = stateOf(100);
  adrift.reads[7]!.clock = { synchronised: false, offsetMs: null };
  t.match(contentFrom(adrift).criteria[2], { verdict: 'fail', notes: ['not-synchronised'] });
});
