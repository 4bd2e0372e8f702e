// What a run with noise tells that shapes cannot: whether slots give probabilities, and whether a detector's numbers are
// what the adapter takes them for.

import { AnprError } from '../../shared/errors.ts';
import type { OutputKind } from '../readers/probabilities.ts';

/** How far sums and shares may be off in float32. */
const NEARLY = 2e-3;

/** @param values rows of `classes` numbers */
export function kindOfRows(values: Float32Array, classes: number): OutputKind {
  let probabilities = true;
  let logarithms = true;
  for (let row = 0; row < values.length; row += classes) {
    const numbers = values.subarray(row, row + classes);
    const sum = numbers.reduce((all, n) => all + n, 0);
    const exponentials = numbers.reduce((all, n) => all + Math.exp(n), 0);
    probabilities &&= numbers.every((n) => n >= -NEARLY) && Math.abs(sum - 1) < NEARLY;
    logarithms &&= Math.abs(exponentials - 1) < NEARLY;
  }
  return probabilities ? 'probabilities' : logarithms ? 'log-probabilities' : 'logits';
}

/**
 * The values of a plain YOLO output [values, places]: boxes in pixels, scores from 0 to 1.
 * @throws AnprError `model.unknown-graph`
 */
export function checkYolo(values: Float32Array, places: number, classes: number, width: number): void {
  const box = values.subarray(0, 4 * places);
  const scores = values.subarray(4 * places, (4 + classes) * places);
  if (![...values].every(Number.isFinite)) throw strange('it gives numbers that are none (NaN) for noise');
  const [least, most] = [Math.min(...extent(scores)), Math.max(...extent(scores))];
  if (least < -NEARLY || most > 1 + NEARLY)
    throw strange(`its scores go from ${least.toFixed(2)} to ${most.toFixed(2)} and should be from 0 to 1`);
  // A grid over the input has centres up to its right edge.
  const across = Math.max(...extent(box.subarray(0, places)));
  if (across <= 2 && width > 4)
    throw strange('its boxes are shares of the input, not pixels; export it without normalised boxes');
}

const extent = (values: Float32Array): [number, number] => {
  let [least, most] = [Infinity, -Infinity];
  for (const n of values) {
    if (n < least) least = n;
    if (n > most) most = n;
  }
  return [least, most];
};

function strange(what: string): AnprError {
  return new AnprError('model.unknown-graph', `a trial run shows that no adapter fits: ${what}`);
}
