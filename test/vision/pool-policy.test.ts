import { test } from 'tap';
import { pooled } from '../../agent/vision/pool-policy.ts';
import { ALPHABET, type Reading } from '../../agent/vision/types.ts';

/** `AB1` for sure but for its own doubt; `others` as text → probability. */
function reading(text: string, confidence: number, others: Record<string, number> = {}): Reading {
  return {
    text,
    confidence,
    slots: [...text].map((character) => {
      const slot = new Array<number>(37).fill((1 - confidence) / 36);
      slot[ALPHABET.indexOf(character) + 1] = confidence;
      return slot;
    }),
    alternatives: Object.entries(others).map(([other, share]) => ({ text: other, confidence: share })),
    countries: { B: confidence, unknown: 1 - confidence },
    lines: 1,
  };
}

test('what both readings hold likely stands', async (t) => {
  const one = reading('AB1', 0.5, { A81: 0.45 });
  const two = reading('AC1', 0.5, { A81: 0.48 });
  const { text, confidence, alternatives, slots } = pooled([one, two]);
  t.equal(text, 'A81');
  t.ok(confidence > 0.5 && confidence < 1);
  t.same(
    new Set(alternatives?.map((other) => other.text)),
    new Set(['AB1', 'AC1']),
    'what each of them read is told',
  );
  t.equal(slots.length, 3);
});

test('two readings that agree are no surer than the surer one', async (t) => {
  const { text, confidence, slots, countries } = pooled([reading('AB1', 0.8), reading('AB1', 0.6)]);
  t.equal(text, 'AB1');
  t.ok(confidence > 0.6 && confidence <= 0.8, `${confidence}`);
  for (const slot of slots) t.ok(Math.abs(slot.reduce((a, b) => a + b, 0) - 1) < 1e-9);
  t.ok(Math.abs(countries.B! + countries.unknown! - 1) < 1e-9);
});

test('a character that only one of them saw goes with the better text', async (t) => {
  const { text, slots } = pooled([reading('AB12', 0.5, { AB1: 0.4 }), reading('AB1', 0.7, { AB12: 0.1 })]);
  t.equal(text, 'AB1');
  t.equal(slots.length, 3, 'with the slots of the reading that has as many characters');
});

test('a single reading stays as it is, and one that reads nothing does not rule', async (t) => {
  const one = reading('AB1', 0.7);
  t.equal(pooled([one]), one);
  t.equal(pooled([one, { ...reading('', 0.1), slots: [] }]).text, 'AB1');
});
