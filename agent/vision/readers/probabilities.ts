// What a net gives for each class (probabilities, their logarithms, or logits) as probabilities that sum to 1 a row.
// Rounding in float32 is taken out here, so that what follows may rely on the sum.

import { z } from 'zod';

export const outputKind = z.enum(['probabilities', 'log-probabilities', 'logits']);

export type OutputKind = z.infer<typeof outputKind>;

/** @param values rows of `classes` numbers; a copy is returned */
export function softmaxed(values: Float32Array, classes: number, kind: OutputKind): Float32Array {
  const result = Float32Array.from(values);
  for (let row = 0; row < result.length; row += classes) {
    let most = -Infinity;
    for (let k = row; k < row + classes; k++) if (result[k]! > most) most = result[k]!;
    let sum = 0;
    for (let k = row; k < row + classes; k++) {
      if (kind !== 'probabilities') result[k] = Math.exp(result[k]! - most);
      sum += result[k]!;
    }
    for (let k = row; k < row + classes; k++) result[k] = result[k]! / sum;
  }
  return result;
}
