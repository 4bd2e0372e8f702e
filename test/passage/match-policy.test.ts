import { test } from 'tap';
import { type MatchFacts, matchScore, textAgrees } from '../../agent/passage/match-policy.ts';

const SAME = { logOdds: 23, best: 23 };
const OTHER = { logOdds: -18, best: 23 };
const ONE_DIFFERS = { logOdds: 16, best: 23 };
const VAGUE = { logOdds: 0, best: 3 };

const base: Omit<MatchFacts, 'text'> = {
  predicted: { centre: [500, 500], widthPx: 100 },
  velocityKnown: true,
  seconds: 0.08,
  spot: undefined,
  told: false,
  absent: false,
  centre: [500, 500],
  widthPx: 100,
};
const joins = (facts: Partial<MatchFacts>, text = VAGUE) =>
  matchScore({ ...base, text: () => text, ...facts }) > 0;
/** a plate so many widths off */
const off = (widths: number) => ({ centre: [500 + 100 * widths, 500] as [number, number] });

test('which sightings belong to a passage', (t) => {
  const spot = { centre: [500, 500] as [number, number], widthPx: 100 };
  const table: [string, Partial<MatchFacts>, typeof SAME, boolean][] = [
    ['where it should be, unreadable', {}, VAGUE, true],
    ['where it should be, misread', off(0.2), OTHER, true],
    ['four widths off, unreadable', off(4), VAGUE, false],
    ['one width off, another text', off(1), OTHER, false],
    ['a width and a half off, same text', off(1.5), SAME, true],
    ['second look of a fast car, same text', { ...off(5), velocityKnown: false }, SAME, true],
    ['second look, four widths off, another text', { ...off(4), velocityKnown: false }, OTHER, false],
    ['faster than anything on a road', { ...off(20), velocityKnown: false }, SAME, false],
    ['after a second without a look, eight widths off, same text', { ...off(8), seconds: 1 }, SAME, true],
    ['after a second without a look, in its place, another text', { seconds: 1 }, OTHER, false],
    ['told and moving: unreadable', { told: true }, VAGUE, false],
    ['told and moving: same text', { told: true, ...off(2), seconds: 0.5 }, SAME, true],
    ['told and moving: the next car of the fleet', { told: true, seconds: 0.5 }, ONE_DIFFERS, false],
    ['parked: unreadable tonight', { told: true, spot, seconds: 60 }, VAGUE, true],
    ['parked: drives off', { told: true, spot, seconds: 0.1, ...off(0.8) }, SAME, true],
    ['absent: same text in the very place', { told: true, spot, absent: true, seconds: 3600 }, SAME, true],
    [
      'absent: same text elsewhere has come back',
      { told: true, spot, absent: true, seconds: 3600, ...off(5) },
      SAME,
      false,
    ],
    ['absent: another car in the place', { told: true, spot, absent: true, seconds: 3600 }, OTHER, false],
  ];
  for (const [what, facts, text, expected] of table) t.equal(joins(facts, text), expected, what);
  t.end();
});

test('agreement needs every sure character', (t) => {
  t.ok(textAgrees(SAME));
  t.notOk(textAgrees(ONE_DIFFERS));
  t.notOk(textAgrees(VAGUE));
  t.end();
});
