// How boxes are divided: each belongs to one of a fixed number of shares, for good, and each share to one of the generators that
// are there. When one comes or goes, shares move and boxes with them, as few as may be. Pure.

import { createHash } from 'node:crypto';
import type { Address } from '../../agent/contract/index.ts';

const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);

/** 0 … shares − 1; the same for everybody, whenever asked. */
export const shareOf = ({ site, box }: Address, shares: number): number =>
  numberOf(`${site}/${box}`) % shares;

/**
 * Who takes which share: for each the one whose hash with it is highest (rendezvous hashing), but nobody more than his
 * part. Everybody who knows the same names comes to the same answer.
 * @returns by share
 */
export function assign(instances: readonly string[], shares: number): string[] {
  const most = Math.ceil(shares / instances.length);
  const taken = new Map<string, number>();
  return Array.from({ length: shares }, (_, share) => {
    const ranked = instances
      .map((name) => ({ name, rank: numberOf(`${name} ${share}`) }))
      .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1));
    const { name } = ranked.find((each) => (taken.get(each.name) ?? 0) < most) ?? ranked[0] ?? { name: '' };
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return name;
  });
}
