// What a receipt may say, as tables.

import { test } from 'tap';
import type { Range } from '../../agent/contract/index.ts';
import { missingOf, receiptOf, withRange } from '../../scripts/consumer/sequence.ts';

test('ranges grow together, whatever the order', async (t) => {
  const orders = [
    [1, 2, 3, 5, 6],
    [6, 5, 3, 2, 1],
    [5, 1, 3, 6, 2],
    [3, 3, 1, 5, 2, 6, 1],
  ];
  for (const order of orders) {
    let ranges: Range[] = [];
    for (const seq of order) ranges = withRange(ranges, seq, seq);
    t.same(ranges, [
      [1, 3],
      [5, 6],
    ]);
  }
  t.same(
    withRange(
      [
        [2, 3],
        [7, 9],
      ],
      1,
      20,
    ),
    [[1, 20]],
  );
  t.same(
    missingOf(
      [
        [2, 3],
        [7, 9],
      ],
      12,
    ),
    [
      [1, 1],
      [4, 6],
      [10, 12],
    ],
  );
  t.same(missingOf([], 0), []);
});

const receipts: [
  what: string,
  answered: Range[],
  settledUpTo: number,
  backlogAt: number | undefined,
  receipt: { upTo: number; holes: Range[] },
][] = [
  ['nothing yet', [], 0, undefined, { upTo: 0, holes: [] }],
  ['all there', [[1, 9]], 9, undefined, { upTo: 9, holes: [] }],
  ['all there, just now', [[1, 9]], 0, undefined, { upTo: 9, holes: [] }],
  ['the first is missing, just now', [[2, 9]], 0, undefined, { upTo: 0, holes: [] }],
  [
    'missing for a while',
    [
      [1, 3],
      [6, 9],
    ],
    9,
    undefined,
    { upTo: 9, holes: [[4, 5]] },
  ],
  [
    'one for a while, one just now',
    [
      [1, 3],
      [6, 9],
      [12, 12],
    ],
    9,
    undefined,
    { upTo: 9, holes: [[4, 5]] },
  ],
  [
    'settled in the middle of a hole',
    [
      [1, 3],
      [9, 9],
    ],
    5,
    undefined,
    { upTo: 5, holes: [[4, 5]] },
  ],
  [
    'live is far ahead, the backlog comes',
    [
      [1, 40],
      [101, 120],
    ],
    110,
    40,
    { upTo: 40, holes: [] },
  ],
  [
    'live is far ahead, a hole within the backlog',
    [
      [1, 20],
      [25, 40],
      [101, 120],
    ],
    110,
    40,
    { upTo: 40, holes: [[21, 24]] },
  ],
  [
    'the backlog has stopped coming',
    [
      [1, 40],
      [101, 120],
    ],
    110,
    undefined,
    { upTo: 120, holes: [[41, 100]] },
  ],
];

for (const [what, answered, settledUpTo, backlogAt, receipt] of receipts)
  test(`receipt: ${what}`, async (t) => {
    t.same(receiptOf({ answered, end: undefined, settledUpTo, backlogAt }), receipt);
  });

test('an epoch that is over is complete only up to its end', async (t) => {
  const answered: Range[] = [[1, 3]];
  t.same(receiptOf({ answered, end: 6, settledUpTo: 3, backlogAt: undefined }), { upTo: 3, holes: [] });
  t.same(receiptOf({ answered, end: 6, settledUpTo: 6, backlogAt: undefined }), { upTo: 6, holes: [[4, 6]] });
  t.same(receiptOf({ answered: [], end: 2, settledUpTo: 2, backlogAt: undefined }), {
    upTo: 2,
    holes: [[1, 2]],
  });
});

test('a receipt never confirms what is not there', async (t) => {
  const answered: Range[] = [
    [1, 3],
    [6, 9],
    [15, 15],
  ];
  const isAnswered = (seq: number) => answered.some(([from, to]) => from <= seq && seq <= to);
  for (let settledUpTo = 0; settledUpTo <= 15; settledUpTo++)
    for (let backlogAt = 0; backlogAt <= 15; backlogAt++) {
      const { upTo, holes } = receiptOf({ answered, end: undefined, settledUpTo, backlogAt });
      for (let seq = 1; seq <= upTo; seq++)
        if (!isAnswered(seq) && !holes.some(([from, to]) => from <= seq && seq <= to))
          t.fail(`${seq} confirmed at settled ${settledUpTo}, backlog ${backlogAt}`);
    }
  t.pass();
});
