// Why a run of ffmpeg ended, and whether the decoder was it. Pure.

import type { Judgement } from './ffmpeg-messages.ts';
import type { Ending } from './reconnect-policy.ts';

export interface EndedRun {
  /** what this side ended it for; undefined: it ended by itself */
  decided: RunVerdict | undefined;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** the gravest thing that ffmpeg said */
  judgement: Judgement | undefined;
  /** frames that came */
  frames: number;
  /** ffmpeg had opened the input */
  wasOpen: boolean;
  isSoftware: boolean;
  isFile: boolean;
}

export interface RunVerdict {
  ending: Ending | 'finished' | 'stopped';
  reason: string;
}

export function runVerdict(run: EndedRun): RunVerdict {
  const { decided, code, signal, frames, wasOpen, isSoftware, isFile } = run;
  const { verdict, reason = '' } = run.judgement ?? {};
  // A stream that is there and never gives a picture: there are hardware decoders that hang.
  if (decided?.ending === 'stalled' && !isSoftware && frames === 0 && wasOpen)
    return { ending: 'no-hardware', reason: decided.reason };
  if (decided) return decided;
  if (verdict === 'no-hardware' && !isSoftware && frames === 0) return { ending: 'no-hardware', reason };
  if (verdict === 'refused') return { ending: 'refused', reason };
  if (verdict === 'fatal') return { ending: 'failed', reason };
  // A hardware decoder that fails in its own words, or without any.
  if (!isSoftware && frames === 0 && wasOpen && code !== null && code !== 0)
    return { ending: 'no-hardware', reason: `ffmpeg ended with status ${code} before the first frame` };
  if (signal) return { ending: 'failed', reason: `ffmpeg was ended by ${signal}` };
  if (code === 0 && isFile) return { ending: 'finished', reason: 'end of the video' };
  if (code === 0) return { ending: 'failed', reason: 'the camera has ended the stream' };
  if (code === null) return { ending: 'failed', reason: 'ffmpeg could not be started' };
  return { ending: 'failed', reason: `ffmpeg ended with status ${code}` };
}
