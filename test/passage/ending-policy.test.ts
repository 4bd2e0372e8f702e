import { test } from 'tap';
import { type EndingFacts, endingOf } from '../../agent/passage/ending-policy.ts';
import { defaultPolicy } from '../../agent/passage/policy.ts';

const base: EndingFacts = {
  now: 100_000,
  lastSeen: 100_000,
  missedLooks: 0,
  lookIntervalMs: 80,
  standingSince: 100_000,
  sure: false,
  outAt: () => false,
};
const ending = (facts: Partial<EndingFacts>) => endingOf({ ...base, ...facts }, defaultPolicy);
const ago = (ms: number) => base.now - ms;

test('when a passage ends', (t) => {
  const out = () => true;
  const table: [string, Partial<EndingFacts>, ReturnType<typeof ending>][] = [
    ['just seen', {}, undefined],
    ['just seen at the edge', { outAt: out }, undefined],
    ['missed once where it should be', { lastSeen: ago(80), missedLooks: 1 }, undefined],
    ['missed once and predicted outside', { lastSeen: ago(80), missedLooks: 1, outAt: out }, 'left'],
    [
      'no look, predicted outside for less than the grace',
      { lastSeen: ago(140), outAt: (at) => at > ago(100) },
      undefined,
    ],
    ['no look, predicted outside for longer', { lastSeen: ago(300), outAt: (at) => at > ago(200) }, 'left'],
    ['vanished for 0.5 s, sure', { lastSeen: ago(500), missedLooks: 6, sure: true }, undefined],
    ['vanished for 0.6 s, sure', { lastSeen: ago(600), missedLooks: 7, sure: true }, 'vanished'],
    ['vanished for 0.6 s, not sure yet', { lastSeen: ago(600), missedLooks: 7 }, undefined],
    ['vanished for 1 s', { lastSeen: ago(1000), missedLooks: 12 }, 'vanished'],
    [
      'missed once by a camera that looks once in 0.8 s',
      { lastSeen: ago(1000), missedLooks: 1, lookIntervalMs: 800 },
      undefined,
    ],
    ['moving, and nobody looks for 1 s', { lastSeen: ago(1000) }, 'vanished'],
    [
      'standing for 3 s, and nobody looks for 5 s',
      { lastSeen: ago(5000), standingSince: ago(8000) },
      undefined,
    ],
    ['standing for 10 s', { standingSince: ago(10_000) }, 'parked'],
    [
      'standing since 10 s, not looked at since',
      { lastSeen: ago(6000), standingSince: ago(10_000) },
      'parked',
    ],
    [
      'stood for 3 s, then missed for 1 s',
      { lastSeen: ago(1000), missedLooks: 10, standingSince: ago(4000), sure: true },
      'vanished',
    ],
  ];
  for (const [what, facts, expected] of table) t.equal(ending(facts), expected, what);
  t.end();
});
