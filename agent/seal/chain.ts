// The chain rule over the envelopes of one box, fed in any order: lanes, holes sent again and exports of several days all
// come out of order. Neighbours that fit are joined into runs, so a file in order costs almost no memory whatever its
// length. What lies between two runs at the end must be accounted for: by a gap record, or by the box's word on retention.

import { type Envelope, GENESIS } from './envelope.ts';

/** Records `from` to `to` that nobody need have; the hashes are null where the box itself had lost them. */
export interface Span {
  epoch: string;
  from: number;
  to: number;
  before: string | null;
  after: string | null;
}

export type BreakCode = 'missing' | 'link' | 'double' | 'ends' | 'tail';

export interface ChainBreak {
  code: BreakCode;
  epoch: string;
  from: number;
  to: number;
}

export interface EpochReport {
  epoch: string;
  records: number;
  firstSeq: number;
  lastSeq: number;
  /** of the newest record's envelope, hex */
  lastHash: string;
  /** ranges that a gap record or retention accounts for */
  absent: number;
}

export interface Chain {
  /** @param hash of the envelope */
  add(envelope: Envelope, hash: string): void;
  /** A range that is accounted for; it may overlap what is there. */
  cover(span: Span): void;
  result(options: ChainOptions): { breaks: ChainBreak[]; epochs: EpochReport[] };
}

export interface ChainOptions {
  /** whether the first record of an epoch may be another than 1: in a file that begins somewhere, not in a journal */
  mayBeginLate: boolean;
  /** the newest record of each epoch, as far as somebody knows */
  heads: ReadonlyMap<string, { seq: number; hash: string }>;
}

/** Neighbours that fit together. */
interface Run {
  from: number;
  to: number;
  /** previousHash of the first, hash of the last */
  before: string;
  after: string;
}

interface Epoch {
  runsByFrom: Map<number, Run>;
  runsByTo: Map<number, Run>;
  /** the first 48 bits of each record's hash: enough to tell a copy from another record */
  seen: Map<number, number>;
  spans: Span[];
  breaks: ChainBreak[];
}

export function createChain(): Chain {
  const epochs = new Map<string, Epoch>();
  const epochOf = (id: string): Epoch => {
    let epoch = epochs.get(id);
    if (!epoch) {
      epoch = { runsByFrom: new Map(), runsByTo: new Map(), seen: new Map(), spans: [], breaks: [] };
      epochs.set(id, epoch);
    }
    return epoch;
  };

  return {
    add(envelope, hash) {
      const epoch = epochOf(envelope.epoch);
      const { seq } = envelope;
      const mark = Number.parseInt(hash.slice(0, 12), 16);
      const known = epoch.seen.get(seq);
      if (known !== undefined) {
        if (known !== mark) epoch.breaks.push({ code: 'double', epoch: envelope.epoch, from: seq, to: seq });
        return;
      }
      epoch.seen.set(seq, mark);
      join(epoch, envelope, hash);
    },
    cover(span) {
      epochOf(span.epoch).spans.push(span);
    },
    result(options) {
      const breaks: ChainBreak[] = [];
      const reports: EpochReport[] = [];
      for (const [id, epoch] of epochs) {
        breaks.push(...epoch.breaks, ...holesOf(id, epoch, options));
        if (epoch.seen.size > 0) reports.push(reportOf(id, epoch));
      }
      for (const [id, head] of options.heads)
        if (!epochs.get(id)?.seen.size && !spansReach(epochs.get(id)?.spans ?? [], head))
          breaks.push({ code: 'tail', epoch: id, from: 1, to: head.seq });
      return { breaks, epochs: reports };
    },
  };
}

/** Puts a record beside its neighbours; two neighbours that do not fit stay apart, and that is a break. */
function join(epoch: Epoch, { epoch: id, seq, previousHash }: Envelope, hash: string): void {
  const run: Run = { from: seq, to: seq, before: previousHash, after: hash };
  const broken = () => epoch.breaks.push({ code: 'link', epoch: id, from: seq, to: seq });
  if (seq === 1 && previousHash !== GENESIS) broken();
  const left = epoch.runsByTo.get(seq - 1);
  if (left && left.after !== previousHash) broken();
  if (left?.after === previousHash) {
    epoch.runsByTo.delete(left.to);
    run.from = left.from;
    run.before = left.before;
  }
  const right = epoch.runsByFrom.get(seq + 1);
  if (right && right.before !== hash)
    epoch.breaks.push({ code: 'link', epoch: id, from: seq + 1, to: seq + 1 });
  if (right?.before === hash) {
    epoch.runsByFrom.delete(right.from);
    run.to = right.to;
    run.after = right.after;
  }
  epoch.runsByFrom.set(run.from, run);
  epoch.runsByTo.set(run.to, run);
}

function sortedRuns(epoch: Epoch): Run[] {
  return [...epoch.runsByFrom.values()].sort((a, b) => a.from - b.from);
}

function holesOf(id: string, epoch: Epoch, { mayBeginLate, heads }: ChainOptions): ChainBreak[] {
  const breaks: ChainBreak[] = [];
  const spans = epoch.spans.toSorted((a, b) => a.from - b.from || b.to - a.to);
  const check = (from: number, to: number, before: string | null, after: string | null) => {
    if (from <= to) breaks.push(...holeBreaks(id, { epoch: id, from, to, before, after }, spans));
  };
  const runs = sortedRuns(epoch);
  let at = 1;
  let hash: string | null = GENESIS;
  for (const [index, run] of runs.entries()) {
    if (index > 0 || !mayBeginLate) check(at, run.from - 1, hash, run.before);
    at = run.to + 1;
    hash = run.after;
  }
  const head = heads.get(id);
  if (head && at - 1 < head.seq) {
    if (
      holeBreaks(id, { epoch: id, from: at, to: head.seq, before: hash, after: head.hash }, spans).length > 0
    )
      breaks.push({ code: 'tail', epoch: id, from: at, to: head.seq });
  } else if (head && (at - 1 > head.seq || hash !== head.hash) && runs.length > 0)
    breaks.push({ code: 'tail', epoch: id, from: head.seq, to: at - 1 });
  return breaks;
}

/** Whether the spans (sorted by `from`) cover the hole, and their hashes fit its edges and each other. */
function holeBreaks(id: string, hole: Span, spans: readonly Span[]): ChainBreak[] {
  const differ = (a: string | null, b: string | null) => a !== null && b !== null && a !== b;
  let at = hole.from;
  let last: Span | undefined;
  for (const span of spans) {
    if (span.to < at || at > hole.to) continue;
    if (span.from > at) break;
    const edge =
      span.from === hole.from ? hole.before : last && span.from === last.to + 1 ? last.after : null;
    if (differ(span.before, edge)) return [{ code: 'ends', epoch: id, from: hole.from, to: hole.to }];
    if (span.to === hole.to && differ(span.after, hole.after))
      return [{ code: 'ends', epoch: id, from: hole.from, to: hole.to }];
    last = span;
    at = span.to + 1;
  }
  return at > hole.to ? [] : [{ code: 'missing', epoch: id, from: at, to: hole.to }];
}

function spansReach(spans: readonly Span[], head: { seq: number }): boolean {
  return spans.some(({ to }) => to >= head.seq);
}

function reportOf(id: string, epoch: Epoch): EpochReport {
  const runs = sortedRuns(epoch);
  const last = runs.at(-1)!;
  const first = runs[0]!;
  return {
    epoch: id,
    records: epoch.seen.size,
    firstSeq: first.from,
    lastSeq: last.to,
    lastHash: last.after,
    absent: last.to - first.from + 1 - epoch.seen.size,
  };
}
