// What the technician is asked and has answered: the reads of the sample, then the moments in which something moved and
// nothing was read. Pure; a terminal and a page are two faces of it.

import { hash } from 'node:crypto';
import type { Moment } from './moments-policy.ts';
import type { RecordedRead } from './session.ts';

/**
 * right: the plate says what was read; wrong: it says `text`; no-plate: it is none, or none that passed; again: the same vehicle
 * was read before; unreadable: a person cannot read it either
 */
export type ReadAnswer =
  | { kind: 'right' }
  | { kind: 'wrong'; text: string }
  | { kind: 'no-plate' }
  | { kind: 'again' }
  | { kind: 'unreadable' };

/** how many vehicles with a plate to be read; null: cannot be told */
export interface MomentAnswer {
  missed: number | null;
}

export type Question =
  | { kind: 'read'; id: string; read: RecordedRead }
  | { kind: 'moment'; id: string; moment: Moment };

export interface Reviewed {
  reads: readonly RecordedRead[];
  sample: readonly string[];
  moments: readonly Moment[];
  answers: Readonly<Record<string, ReadAnswer>>;
  momentAnswers: Readonly<Record<string, MomentAnswer>>;
}

/** Every question, in order. */
export function questionsOf({ reads, sample, moments }: Reviewed): Question[] {
  const byId = new Map(reads.map((read) => [read.id, read]));
  const asked = sample.flatMap((id): Question[] => {
    const read = byId.get(id);
    return read ? [{ kind: 'read', id, read }] : [];
  });
  return [...asked, ...moments.map((moment): Question => ({ kind: 'moment', id: moment.id, moment }))];
}

/** Index of the first question without an answer; their number when all have one. */
export function firstOpen(questions: readonly Question[], { answers, momentAnswers }: Reviewed): number {
  const at = questions.findIndex(({ kind, id }) => !(kind === 'read' ? answers[id] : momentAnswers[id]));
  return at < 0 ? questions.length : at;
}

/** A plate as it is compared: capitals and digits only. */
export const plateText = (typed: string) => typed.toUpperCase().replace(/[^A-Z0-9]/g, '');

/** What was typed for a read: nothing, or the same, is right. */
export function typedAnswer(typed: string, read: string): ReadAnswer {
  const text = plateText(typed);
  return text === '' || text === plateText(read) ? { kind: 'right' } : { kind: 'wrong', text };
}

/**
 * What a key says of a read: `enter` confirms or gives what was typed; - no plate, + (or =) the same vehicle again, . nobody can
 * read it. Undefined: it says nothing; within a plate that is being typed a dash or a dot is a part of it.
 */
export function readAnswer(
  key: string,
  typed: string,
  { text }: Pick<RecordedRead, 'text'>,
): ReadAnswer | undefined {
  if (key === 'enter') return typedAnswer(typed, text);
  if (typed !== '') return undefined;
  if (key === '-') return { kind: 'no-plate' };
  if (key === '.') return { kind: 'unreadable' };
  return key === '+' || key === '=' ? { kind: 'again' } : undefined;
}

/** What a key says of a moment: `enter` or 0 none, a digit so many, . it cannot be told. Undefined: it says nothing. */
export function momentAnswer(key: string): MomentAnswer | undefined {
  if (key === '.') return { missed: null };
  if (key === 'enter') return { missed: 0 };
  return /^[0-9]$/.test(key) ? { missed: Number(key) } : undefined;
}

/** What was read so near to a moment may be what it shows. */
const NEAR_MS = 3000;

export interface NearRead {
  text: string;
  /** below 0: so long before the moment began; above: after it ended; 0: meanwhile */
  offsetMs: number;
}

/** The reads around a moment, for who has to tell whether it shows another vehicle. */
export function readsNear(
  { from, to }: Pick<Moment, 'from' | 'to'>,
  reads: readonly RecordedRead[],
): NearRead[] {
  return reads
    .filter(({ firstSeen, lastSeen }) => firstSeen <= to + NEAR_MS && lastSeen >= from - NEAR_MS)
    .map(({ text, firstSeen, lastSeen }) => ({
      text,
      offsetMs: lastSeen < from ? lastSeen - from : Math.max(0, firstSeen - to),
    }));
}

/**
 * `count` of them by chance, in their own order. The same test always draws the same ones, so that nobody draws again until it
 * looks better.
 */
export function drawn<T>(items: readonly T[], count: number, seed: string): T[] {
  if (items.length <= count) return [...items];
  return items
    .map((item, index) => ({ item, index, rank: hash('sha256', `${seed} ${index}`, 'hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}
