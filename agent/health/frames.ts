// A few seconds of real frames, decoded by ffmpeg: of a file, of video that was received already, or of a camera that
// our own client could not play. The address with its login goes to ffmpeg's standard input, so the password stands in
// no process list.

import { inputOf, judge, redacted } from '../capture/index.ts';
import type { CameraConfig } from '../config/index.ts';
import { runCommand } from './command.ts';
import { type FrameFacts, framesOf } from './frames-policy.ts';

export interface FramesSeen extends FrameFacts {
  /** ffmpeg's own reason when there were none, without secrets */
  reason: string | undefined;
  /** there is no ffmpeg on this machine */
  missing: boolean;
  /** ffmpeg was ended before it had decoded anything: this box is too busy */
  slow: boolean;
}

export interface FramesOptions {
  seconds: number;
  timeoutMs: number;
  signal: AbortSignal;
}

const DEMUXERS = { H264: 'h264', H265: 'hevc' } as const;

/** Frames of a recorded video, or of a camera in a session of its own. */
export function watchFrames(
  camera: Pick<CameraConfig, 'url' | 'username' | 'transport'>,
  { password, ...options }: FramesOptions & { password: string | undefined },
): Promise<FramesSeen> {
  const { args, list } = inputOf(camera, password);
  return decode([...args, '-t', String(options.seconds)], list, password, options);
}

/** Frames of H.264 or H.265 with start codes. It has no time stamps: times in the answer are ffmpeg's guess. */
export function decodeVideo(
  video: Buffer,
  codec: keyof typeof DEMUXERS,
  options: Omit<FramesOptions, 'seconds'>,
): Promise<FramesSeen> {
  return decode(['-f', DEMUXERS[codec], '-i', 'pipe:0'], video, undefined, options);
}

async function decode(
  source: string[],
  input: string | Buffer | undefined,
  password: string | undefined,
  { timeoutMs, signal }: Omit<FramesOptions, 'seconds'>,
): Promise<FramesSeen> {
  const output = ['-map', '0:v:0', '-vf', 'showinfo', '-fps_mode', 'passthrough', '-f', 'null', '-'];
  const result = await runCommand(
    'ffmpeg',
    ['-hide_banner', '-nostats', '-loglevel', 'info', '-threads', '1', ...source, ...output],
    { timeoutMs, signal, input },
  );
  const said = redacted(result.stderr, [password ?? '']).split('\n');
  const complaints = said.filter((line) => !line.includes('showinfo'));
  const reasons = complaints.map((line) => judge(line).reason);
  const seen = framesOf(result.stderr);
  return {
    ...seen,
    reason:
      reasons.find((reason) => reason !== undefined) ??
      complaints.join('\n').trim().split('\n').at(-1)?.slice(0, 200),
    missing: result.missing,
    slow: result.ended && seen.frames === 0,
  };
}
