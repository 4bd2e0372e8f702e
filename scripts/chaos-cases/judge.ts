// What is counted, and where: at the consumer, against the ledger of the box (which reads its journal had taken) and
// against the gap records that came. Nothing that the box says of itself counts.

import { existsSync, readFileSync } from 'node:fs';
import type { GapMessage } from '../../agent/contract/index.ts';
import { overview } from '../consumer/overview.ts';
import { openStore } from '../consumer/store.ts';

export interface Verdict {
  /** reads that the box's journal had taken */
  kept: number;
  /** different reads at the consumer; may be more than `kept`: the box died between the commit and the ledger */
  arrived: number;
  /** taken, not at the consumer, and no gap record tells of it */
  lost: number;
  /** taken, not at the consumer, and a gap record tells of it */
  told: number;
  /** vehicles that are there twice after the consumer dropped known ids */
  duplicated: number;
  /** within a lane of one connection */
  outOfOrder: number;
  /** seqs that have neither come nor are covered by a gap record */
  unreported: number;
  /** messages that break the contract, or have the epoch and seq of another */
  invalid: number;
  /** messages that came more than once over the wire: allowed */
  again: number;
  pictures: number;
}

export const NOTHING: Verdict = {
  kept: 0,
  arrived: 0,
  lost: 0,
  told: 0,
  duplicated: 0,
  outOfOrder: 0,
  unreported: 0,
  invalid: 0,
  again: 0,
  pictures: 0,
};

/** A read that the journal acknowledged. */
export interface Kept {
  id: string;
  epoch: string;
  seq: number;
}

function keptIn(ledger: string): Kept[] {
  const lines = ledger.matchAll(/^kept \d+ (\S+) (\S+) (\d+)\n/gm);
  return [...lines].map(([, id = '', epoch = '', seq = '']) => ({ id, epoch, seq: Number(seq) }));
}

export function judge(ledgerPath: string, database: string): Verdict {
  const kept = existsSync(ledgerPath) ? keptIn(readFileSync(ledgerPath, 'utf8')) : [];
  if (!existsSync(database)) return { ...NOTHING, kept: kept.length, lost: kept.length };
  const store = openStore(database, true);
  try {
    const { epochs, duplicates, outOfOrder, late, conflicts, invalid, pictures } = overview(store);
    const boxes = new Map(epochs.map(({ site, box }) => [`${site}/${box}`, { site, box }]));
    const gaps = [...boxes.values()].flatMap((address) => store.gaps(address));
    const ids = new Set<string>();
    const vehicles = new Set<string>();
    for (const address of boxes.values())
      for (const text of store.messages(address)) {
        const message = JSON.parse(text);
        if (message.type !== 'read') continue;
        ids.add(message.id);
        vehicles.add(message.plate.text);
      }
    const absent = kept.filter(({ id }) => !ids.has(id));
    const told = absent.filter((read) => gaps.some((gap) => tells(gap, read))).length;
    return {
      kept: kept.length,
      arrived: ids.size,
      lost: absent.length - told,
      told,
      duplicated: ids.size - vehicles.size,
      // The brokers of these cases keep the order when they deliver again.
      outOfOrder: outOfOrder + late,
      unreported: epochs
        .flatMap(({ missing }) => missing)
        .reduce((sum, [from, to]) => sum + to - from + 1, 0),
      invalid: invalid + conflicts,
      again: duplicates,
      pictures,
    };
  } finally {
    store.close();
  }
}

function tells({ what, epoch, from, to }: GapMessage['gap'], read: Kept): boolean {
  if (what !== 'records') return false;
  if (epoch === null) return true;
  return epoch === read.epoch && (from ?? 1) <= read.seq && read.seq <= (to ?? Number.POSITIVE_INFINITY);
}

/** In words what must not be; empty: all is well. @param mayTell reads that may be lost when a gap record says so */
export function problemsOf(verdict: Verdict, mayTell: number): string[] {
  const { kept, lost, told, duplicated, outOfOrder, unreported, invalid } = verdict;
  const counts: [number, string][] = [
    [lost, 'lost'],
    [duplicated, 'duplicated'],
    [outOfOrder, 'out of order'],
    [unreported, 'not reported'],
    [invalid, 'not valid'],
    [Math.max(0, told - mayTell), `more told to be lost than the ${mayTell} that may be`],
  ];
  const problems = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return kept === 0 ? ['no read was taken: nothing was tried', ...problems] : problems;
}
