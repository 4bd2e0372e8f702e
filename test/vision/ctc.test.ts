import { test } from 'tap';
import { type CtcOutput, mostProbable, slotDistributions, textProbability } from '../../agent/vision/ctc.ts';
import { softmaxed } from '../../agent/vision/readers/probabilities.ts';

/** One row a step; the last class is blank. */
function output(rows: number[][]): CtcOutput {
  const classes = rows[0]!.length;
  const sums = rows.map((row) => row.reduce((a, b) => a + b, 0));
  const probabilities = Float32Array.from(rows.flatMap((row, i) => row.map((p) => p / sums[i]!)));
  return { probabilities, steps: rows.length, classes, blank: classes - 1 };
}

/** A row that is nearly sure of class `k`. */
const sure = (k: number, classes: number) => Array.from({ length: classes }, (_, i) => (i === k ? 1 : 1e-6));

const says = (...classes: number[]) => output(classes.map((k) => sure(k, 4)));

test('repeats are one character, a blank between them makes two', async (t) => {
  const text = (net: CtcOutput) => mostProbable(net, 1)[0]!.classes;
  const _ = 3;
  t.same(text(says(0, 0, _, _, 1, 1, 1)), [0, 1]);
  t.same(text(says(0, _, 0)), [0, 0]);
  t.same(text(says(0, 0, 0)), [0]);
  t.same(text(says(_, _, _)), []);
  t.same(text(says(2, 1, 0)), [2, 1, 0], 'no blank is needed between different ones');
});

/** A generator of numbers 0..1 that gives the same ones each time (mulberry32). */
function random(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** Every text and its probability, the slow way: each of the paths through all steps. */
function everyText({ probabilities, steps, classes, blank }: CtcOutput): Map<string, number> {
  const texts = new Map<string, number>();
  const walk = (t: number, path: number[], p: number) => {
    if (t === steps) {
      const text = path.filter((k, i) => k !== blank && k !== path[i - 1]).join();
      texts.set(text, (texts.get(text) ?? 0) + p);
      return;
    }
    for (let k = 0; k < classes; k++) walk(t + 1, [...path, k], p * probabilities[t * classes + k]!);
  };
  walk(0, [], 1);
  return texts;
}

const keyOf = (classes: readonly number[]) => classes.join();
const near = (a: number, b: number) => Math.abs(a - b) < 1e-6;

function randomOutputs(): CtcOutput[] {
  const next = random(7);
  return Array.from({ length: 12 }, () =>
    output(Array.from({ length: 6 }, () => Array.from({ length: 4 }, () => next() ** 4 + 1e-3))),
  );
}

test('the probability of a text is the sum over all paths that spell it', async (t) => {
  for (const net of randomOutputs())
    for (const [key, probability] of everyText(net)) {
      const classes = key === '' ? [] : key.split(',').map(Number);
      const found = textProbability(net, classes);
      if (!near(found, probability)) t.fail(`${key}: ${found}, wanted ${probability}`);
    }
  t.pass('all texts of twelve random nets');
});

test('the search finds the most probable text, and the runners-up in order', async (t) => {
  for (const net of randomOutputs()) {
    const best = [...everyText(net)].sort((a, b) => b[1] - a[1]).slice(0, 3);
    const found = mostProbable(net, 3);
    t.same(
      found.map(({ classes }) => keyOf(classes)),
      best.map(([text]) => text),
    );
    t.ok(found.every(({ probability }, i) => near(probability, best[i]![1])));
  }
});

test('the best path is not always the best text', async (t) => {
  // Graves 2006, figure 2.7: blank is best at each step, yet "A" has more paths.
  const net = output([
    [0.4, 0.6],
    [0.4, 0.6],
  ]);
  const [first, second] = mostProbable(net, 2);
  t.same(first?.classes, [0]);
  t.ok(near(first!.probability, 0.64));
  t.same(second?.classes, []);
  t.ok(near(second!.probability, 0.36));
});

test('a slot holds what each other character, or none, would make of the text', async (t) => {
  for (const net of randomOutputs()) {
    const texts = everyText(net);
    const { classes: text } = mostProbable(net, 1)[0]!;
    const slots = slotDistributions(net, text);
    t.equal(slots.length, text.length);
    slots.forEach((slot, position) => {
      const wanted = Array.from({ length: net.classes }, (_, k) => {
        const other = k === net.blank ? text.toSpliced(position, 1) : text.with(position, k);
        return texts.get(keyOf(other)) ?? 0;
      });
      const sum = wanted.reduce((a, b) => a + b, 0);
      t.ok(
        slot.every((share, k) => near(share, wanted[k]! / sum)),
        `position ${position} of ${keyOf(text)}`,
      );
    });
  }
});

test('an unsure character shows in its slot and in the confidence, not in the others', async (t) => {
  const net = output([sure(0, 4), sure(3, 4), [0.55, 0.45, 1e-6, 1e-6], sure(3, 4), sure(2, 4)]);
  const [best, second] = mostProbable(net, 2);
  t.same(best?.classes, [0, 0, 2]);
  t.same(second?.classes, [0, 1, 2]);
  t.ok(best!.probability > 0.54 && best!.probability < 0.56);
  const [first, middle, last] = slotDistributions(net, best!.classes);
  t.ok(first![0]! > 0.999 && last![2]! > 0.999);
  t.ok(Math.abs(middle![1]! - 0.45) < 1e-3);
});

test('probabilities, their logarithms and logits come to the same', async (t) => {
  const probabilities = Float32Array.from([0.7, 0.2, 0.1, 0.25, 0.25, 0.5]);
  const logs = probabilities.map(Math.log);
  const logits = logs.map((value, i) => value + (i < 3 ? 40 : -7));
  const close = (values: Float32Array) =>
    values.every((value, i) => Math.abs(value - probabilities[i]!) < 1e-5);
  t.ok(close(softmaxed(probabilities, 3, 'probabilities')));
  t.ok(close(softmaxed(logs, 3, 'log-probabilities')));
  t.ok(close(softmaxed(logits, 3, 'logits')));
});
