// What really passed, from a file: then nobody is asked. Either a list of passages with their times (from another system,
// a count on paper, a rendered scene), or the right texts of reads by their ids.

import { readFileSync } from 'node:fs';
import { parseCsv } from '../recognise/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { plateText, type ReadAnswer } from './review-policy.ts';
import type { RecordedRead, Span } from './session.ts';

export type Truth =
  /** every vehicle that passed; UTC epoch milliseconds */
  | { kind: 'passages'; passages: { at: number; plate: string }[] }
  /** by the read's id; '': it was no plate */
  | { kind: 'reads'; plates: Record<string, string> };

const WANTED =
  'Wanted: CSV with the columns time,plate (one line for each vehicle that passed) or read,plate (ids of reads).';

/** @throws {AnprError} `usage.truth` */
export function loadTruth(file: string): Truth {
  const wrong = (what: string) => new AnprError('usage.truth', `${file}: ${what}`, WANTED);
  let rows: Record<string, string>[];
  try {
    rows = parseCsv(withCommas(readFileSync(file, 'utf8')));
  } catch (error) {
    throw wrong(`cannot be read: ${messageOf(error)}`);
  }
  const columns = new Map(Object.keys(rows[0] ?? {}).map((name) => [name.trim().toLowerCase(), name]));
  const [time, plate, read] = ['time', 'plate', 'read'].map((name) => columns.get(name));
  if (plate === undefined || (time === undefined && read === undefined))
    throw wrong(rows.length === 0 ? 'has no lines' : `has the columns ${[...columns.keys()].join(', ')}`);
  const cell = (row: Record<string, string>, name: string | undefined) => (name && row[name]?.trim()) || '';
  if (read !== undefined)
    return {
      kind: 'reads',
      plates: Object.fromEntries(rows.map((row) => [cell(row, read), plateText(cell(row, plate))])),
    };
  const passages = rows.map((row, index) => {
    const at = Date.parse(cell(row, time));
    if (Number.isNaN(at))
      throw wrong(`line ${index + 2}: wanted a time like 2026-11-22T13:07:56Z, found "${cell(row, time)}"`);
    return { at, plate: plateText(cell(row, plate)) };
  });
  return { kind: 'passages', passages: passages.sort((a, b) => a.at - b.at) };
}

/** Spreadsheets in Dutch and French write semicolons; neither plates nor times have one. */
function withCommas(text: string): string {
  const [head = ''] = text.split('\n', 1);
  return head.includes(';') && !head.includes(',') ? text.replaceAll(';', ',') : text;
}

/** A list made by hand has its times by a watch. */
const SAME_TEXT_MS = 8000;
const OTHER_TEXT_MS = 3000;
/** a second read of what passed once */
const AGAIN_MS = 60_000;

export interface Held {
  answers: Record<string, ReadAnswer>;
  /** passages of the list that gave no read; null: the file does not tell */
  missed: number | null;
}

/** Holds the reads against the truth. Equal texts find each other first, so that two cars side by side are not mixed up. */
export function held(truth: Truth, reads: readonly RecordedRead[], segments: readonly Span[]): Held {
  const answers: Record<string, ReadAnswer> = {};
  if (truth.kind === 'reads') {
    for (const { id, text } of reads) {
      const plate = truth.plates[id];
      if (plate !== undefined) answers[id] = answerOf(plate, text);
    }
    return { answers, missed: null };
  }
  const left = truth.passages.filter(({ at }) => segments.some(({ from, to }) => at >= from && at <= to));
  // One just outside may still have been read inside.
  const around = truth.passages.filter((each) => !left.includes(each));
  const take = (read: RecordedRead, isSame: boolean) => {
    for (const list of [left, around]) {
      const best = list
        .map((passage, index) => ({ index, passage, distanceMs: distanceOf(passage.at, read) }))
        .filter(({ passage, distanceMs }) =>
          isSame
            ? passage.plate === plateText(read.text) && distanceMs <= SAME_TEXT_MS
            : distanceMs <= OTHER_TEXT_MS,
        )
        .sort((a, b) => a.distanceMs - b.distanceMs)[0];
      if (best) return list.splice(best.index, 1)[0];
    }
    return undefined;
  };
  const others = reads.filter((read) => {
    if (!take(read, true)) return true;
    answers[read.id] = { kind: 'right' };
    return false;
  });
  for (const read of others) {
    const isAgain = reads.some(
      (other) =>
        answers[other.id]?.kind === 'right' &&
        other.text === read.text &&
        Math.abs(other.capturedAt - read.capturedAt) < AGAIN_MS,
    );
    const passage = isAgain ? undefined : take(read, false);
    answers[read.id] = passage
      ? answerOf(passage.plate, read.text)
      : { kind: isAgain ? 'again' : 'no-plate' };
  }
  return { answers, missed: left.length };
}

function answerOf(plate: string, text: string): ReadAnswer {
  if (plate === '') return { kind: 'no-plate' };
  return plate === plateText(text) ? { kind: 'right' } : { kind: 'wrong', text: plate };
}

function distanceOf(at: number, { firstSeen, lastSeen }: RecordedRead): number {
  return Math.max(0, firstSeen - at, at - lastSeen);
}
