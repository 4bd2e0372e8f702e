// What makes two sides' hits one, and where the one stands: tables.

import { randomUUIDv7 } from 'node:crypto';
import { test } from 'tap';
import type { HitAction, HitEvent, HitState } from '../../agent/contract/index.ts';
import { type Decision, lifeOf } from '../../scripts/gateway/life-policy.ts';
import { homeOf, matterOf, samenessOf } from '../../scripts/gateway/merge-policy.ts';
import { type Report, reportOf, type SideMessage } from '../../scripts/gateway/report.ts';
import { type About, AT_MS, centre, edge, isoAt } from './side-messages.ts';

const readId = randomUUIDv7();
const reported = (message: SideMessage) => reportOf([{ message, receivedAt: AT_MS + 60_000 }]);
const matter = (message: SideMessage) => matterOf(reported(message))!;
const atEdge = (about: About) => matter(edge(about));
const atCentre = (about: About) => matter(centre(about));
const same = { readId };

const pairs: [
  what: string,
  a: ReturnType<typeof matter>,
  b: ReturnType<typeof matter>,
  is: string | undefined,
][] = [
  ['the same read and entry', atEdge(same), atCentre(same), 'read'],
  [
    '… of another version of the read',
    atEdge(same),
    atCentre({ ...same, text: '1ABC23', listed: '1ABC234' }),
    'read',
  ],
  ['the same read, another entry', atEdge(same), atCentre({ ...same, listed: '1ABC23?' }), undefined],
  [
    'the same read, another case',
    atEdge({ ...same, reference: 'A' }),
    atCentre({ ...same, reference: 'B' }),
    undefined,
  ],
  [
    'two lists of one box, two reasons',
    atEdge(same),
    atEdge({ ...same, list: 'tax', reason: 'tax' }),
    undefined,
  ],
  ['the centre calls the list otherwise', atEdge(same), atCentre({ ...same, list: 'national' }), 'read'],
  [
    '… and says a reason in capitals',
    atEdge(same),
    atCentre({ ...same, list: 'b', reason: ' Stolen' }),
    'read',
  ],
  [
    '… and looks for something else',
    atEdge(same),
    atCentre({ ...same, list: 'b', reason: 'tax' }),
    undefined,
  ],
  [
    '… and gives no reason',
    atEdge({ ...same, reason: null }),
    atCentre({ ...same, list: 'b', reason: null }),
    undefined,
  ],
  [
    '… for another country',
    atEdge({ ...same, country: 'B' }),
    atCentre({ ...same, list: 'b', country: 'NL' }),
    undefined,
  ],
  ['… for any country', atEdge({ ...same, country: 'B' }), atCentre({ ...same, list: 'b' }), 'read'],
  [
    'on no entry of a permit list',
    atEdge({ ...same, listed: null }),
    atCentre({ ...same, listed: null }),
    'read',
  ],
  [
    '… of two lists',
    atEdge({ ...same, listed: null }),
    atCentre({ ...same, listed: null, list: 'b' }),
    undefined,
  ],
  ['another read while it passes', atEdge({}), atCentre({ from: 1, to: 4 }), 'passage'],
  ['another read just behind', atEdge({}), atCentre({ from: 3.9, to: 6 }), 'passage'],
  ['another read just before', atEdge({ from: 3.9, to: 6 }), atCentre({}), 'passage'],
  ['it comes back later', atEdge({}), atCentre({ from: 4.1, to: 6 }), undefined],
  ['another read, by the box itself', atEdge({}), atEdge({ from: 1, to: 4 }), undefined],
  ['another plate at the same time', atEdge({}), atCentre({ text: '2DEF567' }), undefined],
  ['another camera', atEdge(same), atCentre({ ...same, camera: 'exit' }), undefined],
  ['another box', atEdge(same), atCentre({ ...same, box: 'south' }), undefined],
];

for (const [what, a, b, is] of pairs)
  test(`${is ?? 'apart'}: ${what}`, async (t) => {
    t.equal(samenessOf(a, b), is);
    t.equal(samenessOf(b, a), is, 'whichever comes first');
  });

test('a report goes to the hit of its read before one of its passage, then to the older one', async (t) => {
  const near = { hit: 'passage', matter: atEdge({}), receivedAt: 1 };
  const late = { hit: 'late', matter: atEdge(same), receivedAt: 3 };
  const early = { hit: 'early', matter: atEdge({ ...same, list: 'b' }), receivedAt: 2 };
  t.equal(homeOf(atCentre({ ...same, from: 1 }), [near, late, early]), 'early');
  t.equal(homeOf(atCentre({ from: 1 }), [near]), 'passage');
  t.equal(homeOf(atCentre({ text: '2DEF567' }), [near, late, early]), undefined);
});

type Line = [
  seconds: number,
  event: HitEvent,
  state: HitState,
  via?: 'gateway' | 'command' | 'agent',
  by?: string,
];
const report = (...lines: Line[]): Report => {
  const id = randomUUIDv7();
  const messages = lines.map(([at, event, state, via = 'agent', name]) =>
    edge({ id, readId }, { event, state, by: { via, name: name ?? null } }, at),
  );
  return reportOf(messages.map((message) => ({ message, receivedAt: AT_MS + 600_000 })));
};
const decided = (at: number, action: HitAction, by = 'anna'): Decision => ({
  ...{ id: randomUUIDv7(), action, by, cause: null, note: null, at: AT_MS + at * 1000 },
});
const raised: Line = [0, 'raised', 'new'];
const withdrawn: Line = [2, 'withdrawn', 'withdrawn'];
const fromCentre = reported(centre({ readId }));

const lives: [what: string, reports: Report[], decisions: Decision[], is: HitState][] = [
  ['nobody yet', [report(raised)], [], 'new'],
  ['sent again', [report(raised, [60, 'reminded', 'new'])], [], 'new'],
  ['here', [report(raised)], [decided(5, 'acknowledge')], 'acknowledged'],
  ['at the box', [report(raised, [5, 'acknowledged', 'acknowledged', 'command', 'jan'])], [], 'acknowledged'],
  [
    'an acknowledgement after the verdict',
    [report(raised)],
    [decided(5, 'reject'), decided(6, 'acknowledge')],
    'rejected',
  ],
  [
    'a change of mind, and the echo of both from the box',
    [
      report(
        raised,
        [7, 'confirmed', 'confirmed', 'gateway', 'anna'],
        [8, 'rejected', 'rejected', 'gateway', 'anna'],
      ),
    ],
    [decided(5, 'confirm'), decided(6, 'reject')],
    'rejected',
  ],
  [
    'a late echo of what was taken back here',
    [report(raised, [9, 'confirmed', 'confirmed', 'gateway', 'anna'])],
    [decided(5, 'confirm'), decided(6, 'reject')],
    'rejected',
  ],
  [
    'the box was cut off and decided before us',
    [report(raised, [5, 'rejected', 'rejected', 'command', 'jan'])],
    [decided(9, 'confirm')],
    'confirmed',
  ],
  [
    '… and after us',
    [report(raised, [9, 'rejected', 'rejected', 'command', 'jan'])],
    [decided(5, 'confirm')],
    'rejected',
  ],
  [
    'another gateway decided',
    [report(raised, [5, 'confirmed', 'confirmed', 'gateway', 'other'])],
    [],
    'confirmed',
  ],
  ['closed stays closed', [report(raised)], [decided(5, 'close'), decided(6, 'confirm')], 'closed'],
  ['an early one that was none', [report(raised, withdrawn)], [], 'withdrawn'],
  ['… seen to already', [report(raised, withdrawn)], [decided(1, 'acknowledge')], 'withdrawn'],
  ['… judged already', [report(raised, withdrawn)], [decided(1, 'confirm')], 'confirmed'],
  ['… and closed', [report(raised, withdrawn)], [decided(5, 'close')], 'closed'],
  ['the box withdraws, the centre does not', [report(raised, withdrawn), fromCentre], [], 'new'],
  ['the centre alone', [fromCentre], [decided(9, 'acknowledge')], 'acknowledged'],
];

for (const [what, reports, decisions, is] of lives)
  test(`${is}: ${what}`, async (t) => {
    t.equal(lifeOf(reports, decisions).state, is);
    t.equal(lifeOf(reports.toReversed(), decisions).state, is, 'whichever side is first');
  });

test('what may be done follows from where it stands', async (t) => {
  t.same(lifeOf([fromCentre], []).actions, ['acknowledge', 'confirm', 'reject', 'close']);
  t.same(lifeOf([report(raised, withdrawn)], []).actions, ['close']);
  t.same(lifeOf([fromCentre], [decided(1, 'close')]).actions, []);
});

test('a report is the same in whatever order its messages come', async (t) => {
  const id = randomUUIDv7();
  const early = edge({ id, readId, text: '1ABC23' }, { basis: 'passage' }, 1);
  early.read!.evidence = [{ kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 9, sha256: 'a'.repeat(64) }];
  const upheld = edge({ id, readId, text: '1ABC234' }, { event: 'upheld' }, 3);
  upheld.read!.evidence = [{ kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 9, sha256: 'b'.repeat(64) }];
  // the box's clock was set back in between; its sequence was not
  const seenTo = edge(
    { id, readId },
    { event: 'acknowledged', state: 'acknowledged', by: { via: 'command', name: 'jan' } },
    -9,
  );
  const reminded = edge({ id, readId }, { event: 'reminded', reminders: 1, state: 'acknowledged' }, -8);
  const all = [early, upheld, seenTo, reminded].map((message) => ({ message, receivedAt: AT_MS + 9000 }));
  const wanted = reportOf(all);
  t.match(wanted, {
    state: 'acknowledged',
    early: false,
    reminders: 1,
    read: { plate: { text: '1ABC234' } },
  });
  t.same(
    wanted.pictures.map(({ sha256, about }) => [sha256[0], about]),
    [
      ['b', readId],
      ['a', id],
    ],
    'the pictures of the read before those of the early hit',
  );
  t.same(reportOf(all.toReversed()), wanted);
  t.same(reportOf([all[2]!, all[0]!, all[3]!, all[1]!]), wanted);
});

test('a clock that is ahead is said, and does not make a step come after what followed it', async (t) => {
  const message = edge({ readId }, {}, 3600);
  const ahead = reportOf([{ message, receivedAt: AT_MS }]);
  t.equal(ahead.aheadMs, 3_600_000);
  t.equal(ahead.steps[0]?.at, AT_MS);
  t.equal(reported(edge({ readId })).aheadMs, 0);
  t.equal(isoAt(3600), message.at);
});
