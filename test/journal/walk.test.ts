// A random walk of the journal against a model of the other side: a broker that loses what it has acknowledged, a consumer
// that says what is on its disk, restarts, moves to another disk, dead letters, retention. Whatever the order, in the end
// the consumer has each seq of each epoch, or a gap record that covers it. A seed that fails is printed; run it again with
// WALK_SEED=n.

import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type Gap, type Journal, openJournal, type SeqRange } from '../../agent/journal/index.ts';
import { ADDRESS, newRead, silent } from './records.ts';

const STEPS = 250;
const seeds = process.env.WALK_SEED ? [Number(process.env.WALK_SEED)] : [1, 2, 3];

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the consumer has on its disk, by epoch. */
class Consumer {
  readonly has = new Map<string, Map<number, string>>();
  readonly gaps: Gap[] = [];
  readonly conflicts: string[] = [];

  take(record: { epoch: string; seq: number; id: string; type: string; json: Buffer }): void {
    const seqs = this.has.get(record.epoch) ?? new Map<number, string>();
    this.has.set(record.epoch, seqs);
    const known = seqs.get(record.seq);
    if (known !== undefined && known !== record.id) this.conflicts.push(`${record.epoch} ${record.seq}`);
    seqs.set(record.seq, record.id);
    if (record.type === 'gap') this.gaps.push(JSON.parse(`${record.json}`).gap);
  }

  covered(epoch: string, seq: number): boolean {
    return this.gaps.some(
      (gap) =>
        gap.what === 'records' &&
        gap.epoch === epoch &&
        seq >= (gap.from ?? 1) &&
        seq <= (gap.to ?? Number.MAX_SAFE_INTEGER),
    );
  }

  receipt(epoch: string): { epoch: string; upTo: number; holes: SeqRange[] } {
    const seqs = this.has.get(epoch) ?? new Map();
    // The first record of an epoch says how far the one before it had come.
    const ended = this.gaps.filter((gap) => gap.reason === 'new-epoch' && gap.epoch === epoch);
    const upTo = Math.max(0, ...seqs.keys(), ...ended.map(({ from }) => (from ?? 1) - 1));
    const holes: SeqRange[] = [];
    for (let seq = 1; seq <= upTo; seq++)
      if (!seqs.has(seq) && !this.covered(epoch, seq)) holes.push([seq, seq]);
    return { epoch, upTo, holes };
  }
}

async function walk(t: Test, seed: number): Promise<void> {
  const random = randomOf(seed);
  const upTo = (n: number) => Math.floor(random() * n);
  const root = t.testdir();
  let folder = join(root, '0');
  mkdirSync(folder);
  const open = () => openJournal({ path: join(folder, 'journal.db'), log: silent, address: ADDRESS });
  let journal: Journal = await open();
  const consumer = new Consumer();
  const appended = new Map<string, { epoch: string; seq: number }>();
  const dead = new Set<string>();
  let n = 0;

  const deliver = async (limit: number, keeps: number): Promise<number> => {
    const records = await journal.pending({ after: 0, limit });
    for (const record of records) if (random() < keeps) consumer.take(record);
    await journal.markSent(records.map(({ position }) => position));
    return records.length;
  };
  const confirm = async () => {
    for (const epoch of consumer.has.keys()) await journal.confirm(consumer.receipt(epoch));
  };
  const steps: [weight: number, step: () => Promise<void>][] = [
    [
      30,
      async () => {
        const reads = Array.from({ length: 1 + upTo(20) }, () => newRead(n++ % 900));
        const places = await Promise.all(reads.map((read) => journal.append(read)));
        reads.forEach(({ id }, index) => {
          appended.set(id, places[index]!);
        });
      },
    ],
    [30, async () => void (await deliver(1 + upTo(40), 0.9))],
    [15, confirm],
    [
      8,
      async () => {
        const [record] = await journal.pending({ after: 0, limit: 1, types: ['read'] });
        if (!record) return;
        await journal.markDead(record.position, 'refused');
        dead.add(record.id);
      },
    ],
    [
      4,
      async () => {
        const [id] = dead;
        if (id === undefined) return;
        dead.delete(id);
        await (random() < 0.5 ? journal.retryDead(id) : journal.dropDead(id));
      },
    ],
    [
      4,
      async () => {
        const [epoch, seqs] = [...consumer.has].at(upTo(consumer.has.size)) ?? [];
        if (!epoch || !seqs) return;
        const from = 1 + upTo(Math.max(...seqs.keys()));
        await journal.replay({ epoch, from, to: from + upTo(10) });
      },
    ],
    [4, async () => void (await journal.prune({ keepMs: 0 }))],
    [
      4,
      async () => {
        await journal.close();
        journal = await open();
      },
    ],
    [
      1,
      async () => {
        // As it lies on the disk, without a word of goodbye.
        const next = join(root, String(n++));
        cpSync(folder, next, { recursive: true });
        await journal.close();
        folder = next;
        journal = await open();
      },
    ],
  ];
  const weights = steps.reduce((sum, [weight]) => sum + weight, 0);
  for (let step = 0; step < STEPS; step++) {
    let left = random() * weights;
    for (const [weight, take] of steps) {
      left -= weight;
      if (left >= 0) continue;
      await take();
      break;
    }
  }
  // The link is good again: sent until nothing waits and the receipts ask for nothing.
  for (let round = 0; round < 50; round++) {
    while ((await deliver(500, 1)) > 0);
    await confirm();
    await journal.remind({ sentForMs: 0 });
    if ((await journal.counts()).pending === 0) break;
  }

  const what = `seed ${seed}: ${appended.size} reads, ${consumer.has.size} epochs, ${consumer.gaps.length} gap records`;
  t.same(consumer.conflicts, [], 'no seq was given out twice');
  const unanswered = [...appended.values()].filter(
    ({ epoch, seq }) => !consumer.has.get(epoch)?.has(seq) && !consumer.covered(epoch, seq),
  );
  t.same(unanswered, [], what);
  const wrongPlace = [...appended].filter(([id, { epoch, seq }]) => {
    const there = consumer.has.get(epoch)?.get(seq);
    return there !== undefined && there !== id;
  });
  t.same(wrongPlace, [], 'each read is at its place');
  for (const epoch of consumer.has.keys()) t.same(consumer.receipt(epoch).holes, [], 'no holes are left');
  const { pending, sent } = await journal.counts();
  t.same({ pending, sent }, { pending: 0, sent: 0 }, 'all is confirmed or dead');
  await journal.close();
}

for (const seed of seeds) test(`a walk of ${STEPS} steps, seed ${seed}`, (t) => walk(t, seed));
