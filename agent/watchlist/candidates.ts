// The texts that a plate can be, most probable first, to look each of them up: an index of keyed hashes can only be asked
// for what is wanted exactly. Pure.

import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot } from '../vision/index.ts';
import type { Evidence } from './evidence-policy.ts';

export interface Candidate {
  text: string;
  /** at least so probable: ways to spell it beyond those met are not in it */
  probability: number;
}

export interface CandidateLimits {
  /** texts at most that places and alternatives tell; those with one character more or less come on top */
  most: number;
  /** less probable texts are not followed up */
  least: number;
}

/** One in a million: no prior makes a hit of it that anybody would act on. */
export const defaultLimits: CandidateLimits = { most: 128, least: 1e-6 };

/** For each slot which rank of character: those of another choice, with one slot a rank further down. */
interface Choice {
  of: readonly number[];
  /** the slot; those before it are not changed any more, so that each choice comes up once */
  changed: number;
  probability: number;
}

/** Best-first over the slots' ranks: each choice has as neighbours those with one slot a rank further down. */
export function candidatesOf(evidence: Evidence, limits: CandidateLimits = defaultLimits): Candidate[] {
  const found = new Map<string, number>();
  for (const { text, probability } of evidence.longer)
    if (probability >= limits.least) found.set(text, probability);
  const orders = evidence.slots.map(orderOf);
  const open = new Heap();
  const probability = orders.reduce(
    (product, order, position) => product * evidence.slots[position]![order[0]!]!,
    evidence.spelled,
  );
  if (orders.length > 0) open.push({ of: orders.map(() => 0), changed: -1, probability });
  // Several ways can spell one text (a character here, or in the next place): those are fewer than as many again.
  for (let taken = 0; taken < limits.most * 2 && found.size < limits.most; taken++) {
    const choice = open.pop();
    if (!choice || choice.probability < limits.least) break;
    // Few of those that are put by are ever taken up: their ranks are written down only now.
    const ranks = choice.of.slice();
    if (choice.changed >= 0) ranks[choice.changed]! += 1;
    const text = textOf(ranks, orders);
    if (text !== '') found.set(text, (found.get(text) ?? 0) + choice.probability);
    for (let position = Math.max(0, choice.changed); position < orders.length; position++) {
      const order = orders[position]!;
      const slot = evidence.slots[position]!;
      const rank = ranks[position]!;
      if (rank + 1 >= order.length) continue;
      const probability = (choice.probability / slot[order[rank]!]!) * slot[order[rank + 1]!]!;
      if (probability >= limits.least) open.push({ of: ranks, changed: position, probability });
    }
  }
  const best = [...found].sort((a, b) => b[1] - a[1]).slice(0, limits.most);
  const all = new Map(best);
  for (const [text, probability] of evidence.lost)
    if (probability >= limits.least) all.set(text, (all.get(text) ?? 0) + probability);
  return [...all]
    .map(([text, probability]) => ({ text, probability }))
    .sort((a, b) => b.probability - a.probability);
}

/** A slot's indexes, most probable first. */
function orderOf(slot: Slot): number[] {
  return [...slot.keys()].sort((a, b) => slot[b]! - slot[a]!);
}

function textOf(ranks: readonly number[], orders: readonly number[][]): string {
  let text = '';
  for (let position = 0; position < orders.length; position++) {
    const index = orders[position]![ranks[position]!]!;
    if (index > 0) text += ALPHABET[index - 1];
  }
  return text;
}

/** A binary heap, most probable on top. */
class Heap {
  readonly #items: Choice[] = [];

  push(item: Choice): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above]!.probability >= item.probability) break;
      items[at] = items[above]!;
      at = above;
    }
    items[at] = item;
  }

  pop(): Choice | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (!last || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && items[below + 1]!.probability > items[below]!.probability) below++;
      if (items[below]!.probability <= last.probability) break;
      items[at] = items[below]!;
      at = below;
    }
    items[at] = last;
    return top;
  }
}
