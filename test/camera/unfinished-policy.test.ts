import { test } from 'tap';
import type { PassageFromChild } from '../../agent/camera/protocol.ts';
import { afterTold, cutOff, NONE_UNFINISHED } from '../../agent/camera/unfinished-policy.ts';
import { dropped, early, ended, open, picture, pictured, saying } from './told.ts';

/** What was told before the process was killed at 100, what gives a read then, and what does not. */
const cases: [
  name: string,
  told: PassageFromChild[],
  reads: { text: string; endedAt: number }[],
  gone?: { id: string; early: boolean; pictured?: number }[],
][] = [
  ['nothing was told', [], []],
  [
    'an open passage gives what was told of it last',
    [open(saying('a', '1AB')), open(saying('a', '1ABC'))],
    [{ text: '1ABC', endedAt: 100 }],
  ],
  [
    'one that ended waits for its pictures',
    [open(saying('a')), ended('a', 'whole')],
    [{ text: 'whole', endedAt: 5 }],
  ],
  ['one that nobody knew of before its end', [ended('a')], [{ text: 'a', endedAt: 5 }]],
  ['one that is pictured is told already', [ended('a'), pictured('a')], []],
  [
    'the ended ones come first, in the order in which they ended',
    [open(saying('a'), saying('b'), saying('c')), ended('c', 'c', 6), ended('b', 'b', 7), open(saying('a'))],
    [
      { text: 'c', endedAt: 6 },
      { text: 'b', endedAt: 7 },
      { text: 'a', endedAt: 100 },
    ],
  ],
  [
    'an ended one stays when the open ones are told without it',
    [open(saying('a')), ended('a'), open()],
    [{ text: 'a', endedAt: 5 }],
  ],
  ['one that was dropped', [open(saying('a')), early('a'), picture('a', 3), dropped('a')], []],
  ['one that would give no read any more', [open(saying('a')), open()], [], [{ id: 'a', early: false }]],
  [
    'its hits and pictures are not forgotten',
    [early('a'), picture('a', 3), open(saying('a')), open()],
    [],
    [{ id: 'a', early: true, pictured: 3 }],
  ],
  [
    'pictures of what was never worth a read',
    [picture('a', 3)],
    [],
    [{ id: 'a', early: false, pictured: 3 }],
  ],
  ['early, before it was told open', [early('a'), open(saying('a'))], [{ text: 'a', endedAt: 100 }]],
];

for (const [name, told, reads, gone = []] of cases)
  test(name, (t) => {
    const left = cutOff(told.reduce(afterTold, NONE_UNFINISHED), 100);
    t.same(
      left.reads.map(({ result: { text }, endedAt }) => ({ text, endedAt })),
      reads,
    );
    t.same(
      left.gone.map(({ id, early, pictured }) => ({
        id,
        early,
        ...(pictured && { pictured: pictured.capturedAt }),
      })),
      gone,
    );
    t.end();
  });

test('an open passage is of the moment of the pictures that were begun; one that has ended of its best', (t) => {
  const bestOf = (...told: PassageFromChild[]) =>
    cutOff(told.reduce(afterTold, NONE_UNFINISHED), 100).reads[0]!.result.best.capturedAt;
  t.equal(bestOf(open(saying('a', 'a', 7))), 7);
  t.equal(bestOf(picture('a', 3), open(saying('a', 'a', 7))), 3);
  t.equal(bestOf(picture('a', 3), picture('a', 5), open(saying('a', 'a', 7))), 5);
  t.equal(bestOf(picture('a', 3), ended('a')), 0);
  t.end();
});

test('nothing is kept in mind of what is over', (t) => {
  const told = [
    open(saying('a'), saying('b')),
    early('a'),
    picture('b', 1),
    ended('a'),
    open(saying('b')),
    pictured('a'),
    dropped('b'),
  ];
  t.equal(told.reduce(afterTold, NONE_UNFINISHED).size, 0);
  t.end();
});
