// The truth file of a recording (docs/render-traffic.md) and how a run's reads are held against it.

import { readFileSync } from 'node:fs';

export interface TruthPassage {
  plate: string;
  country: string;
  direction: 'approaching' | 'receding';
  /** milliseconds from the clip's start: the whole plate is inside the picture and at least 60 px wide */
  firstMs: number;
  lastMs: number;
}

export interface Truth {
  clip: { seconds: number; fps: number; frames: number };
  passages: TruthPassage[];
}

export function readTruth(path: string): Truth {
  return JSON.parse(readFileSync(path, 'utf8')) as Truth;
}

export interface Judgement {
  passages: number;
  reads: number;
  /** passages with a read of exactly their text */
  exact: number;
  /** passages with a read at their time, whatever it says */
  found: number;
  /** reads beyond the first of a passage, or of no passage */
  extra: number;
  /** truth of the passage each read belongs to, in the order given */
  matches: (TruthPassage | null)[];
}

/** A passage's read may begin and end so far beside the truth: the truth counts plates of 60 px and wider only. */
const SLACK_MS = 1500;

/**
 * Gives each passage at most one read: first those with its exact text, then by time.
 * @param reads with times on any clock; `startedAt` is the clip's start on that clock
 */
export function judge(
  truth: Truth,
  reads: { text: string; firstSeen: number; lastSeen: number }[],
  startedAt: number,
): Judgement {
  const matches: (TruthPassage | null)[] = reads.map(() => null);
  const free = new Set(truth.passages);
  const near = (passage: TruthPassage, read: (typeof reads)[number]) =>
    read.lastSeen >= startedAt + passage.firstMs - SLACK_MS &&
    read.firstSeen <= startedAt + passage.lastMs + SLACK_MS;
  const give = (fits: (passage: TruthPassage, read: (typeof reads)[number]) => boolean) =>
    reads.forEach((read, index) => {
      if (matches[index] !== null) return;
      for (const passage of free)
        if (near(passage, read) && fits(passage, read)) {
          matches[index] = passage;
          free.delete(passage);
          return;
        }
    });
  give((passage, read) => passage.plate === read.text);
  const exact = matches.filter((match) => match !== null).length;
  give((passage, read) => alike(passage.plate, read.text));
  const found = matches.filter((match) => match !== null).length;
  return {
    passages: truth.passages.length,
    reads: reads.length,
    exact,
    found,
    extra: reads.length - found,
    matches,
  };
}

/** Most of the shorter text's characters stand in the longer one in the same order (longest common subsequence). */
function alike(a: string, b: string): boolean {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const character of a) {
    const next = [0];
    for (let j = 1; j <= b.length; j++)
      next.push(character === b[j - 1] ? row[j - 1]! + 1 : Math.max(row[j]!, next[j - 1]!));
    row = next;
  }
  return row[b.length]! * 2 >= Math.max(a.length, b.length);
}
