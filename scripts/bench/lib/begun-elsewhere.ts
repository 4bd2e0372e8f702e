// A recording that begins elsewhere in itself and comes round to that place: so cameras that play the same one have
// their vehicles at different moments, as on a road. Nothing is encoded anew.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Truth } from '../../lib/truth.ts';

/** A vehicle may be seen so long before and after its plate is as wide as the truth counts. */
const CLEAR_MS = 700;

export interface Recording {
  clip: string;
  truth: Truth;
  /** where in its original it begins */
  fromMs: number;
}

/**
 * @param wantedMs where it should begin; it does at the next key frame, coming round, that shows no vehicle
 * @param folder the new recording is written there
 * @throws when there is no such key frame, or ffmpeg fails
 */
export async function begunElsewhere(
  clip: string,
  truth: Truth,
  wantedMs: number,
  folder: string,
): Promise<Recording> {
  if (wantedMs === 0) return { clip, truth, fromMs: 0 };
  const fromMs = beginningNear(await keyFramesMs(clip), truth, wantedMs);
  const begun = join(folder, `${Math.round(fromMs)}-${basename(clip)}`);
  const [parts, list] = [[`${begun}.2.mp4`, `${begun}.1.mp4`], `${begun}.txt`] as const;
  const seconds = (fromMs / 1000).toFixed(3);
  await ffmpeg('-ss', seconds, '-i', clip, '-c', 'copy', '-avoid_negative_ts', 'make_zero', parts[0]!);
  await ffmpeg('-i', clip, '-to', seconds, '-c', 'copy', parts[1]!);
  writeFileSync(list, parts.map((part) => `file '${part}'\n`).join(''));
  await ffmpeg('-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', begun);
  return { clip: begun, truth: comingRound(truth, fromMs), fromMs };
}

/** The first of the key frames from `wantedMs` on, coming round, at which nothing drives by. */
export function beginningNear(keyFrames: readonly number[], truth: Truth, wantedMs: number): number {
  const turn = [...keyFrames.filter((at) => at >= wantedMs), ...keyFrames.filter((at) => at < wantedMs)];
  const isClear = (at: number) =>
    truth.passages.every(({ firstMs, lastMs }) => at < firstMs - CLEAR_MS || at > lastMs + CLEAR_MS);
  const found = turn.find((at) => at > 0 && isClear(at));
  if (found === undefined) throw new Error('wanted a key frame that shows no vehicle, found none');
  return found;
}

/** The truth of a recording that begins at `fromMs` of the one that this is the truth of. */
export function comingRound(truth: Truth, fromMs: number): Truth {
  const lengthMs = truth.clip.seconds * 1000;
  const moved = (at: number) => (at + lengthMs - fromMs) % lengthMs;
  const passages = truth.passages
    .map((passage) => {
      const firstMs = moved(passage.firstMs);
      return { ...passage, firstMs, lastMs: firstMs + passage.lastMs - passage.firstMs };
    })
    .sort((a, b) => a.firstMs - b.firstMs);
  return { ...truth, passages };
}

/** Passages that end so soon before or after one of another camera: their pictures are made at the same time. */
export const TOGETHER_MS = 250;

export function endingTogether(recordings: readonly Pick<Recording, 'truth'>[]): number {
  const ends = recordings.flatMap(({ truth }, camera) =>
    truth.passages.map(({ lastMs }) => ({ camera, at: lastMs })),
  );
  const meets = (one: (typeof ends)[number]) =>
    ends.some((other) => other.camera !== one.camera && Math.abs(other.at - one.at) <= TOGETHER_MS);
  return ends.filter(meets).length;
}

async function keyFramesMs(clip: string): Promise<number[]> {
  const wanted = ['-select_streams', 'v', '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0'];
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...wanted, clip]);
  return stdout
    .split('\n')
    .map((line) => line.split(','))
    .filter(([, flags]) => flags?.startsWith('K'))
    .map(([seconds]) => Math.round(Number(seconds) * 1000));
}

async function ffmpeg(...args: string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
}
