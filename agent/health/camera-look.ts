// A look at what a camera really sends: its stream watched in one RTSP session, the video of it decoded. Where our own
// client cannot play it (a codec it does not unpack, a camera that answers strangely), ffmpeg looks instead, and what
// only our client sees is not known.

import type { CameraConfig } from '../config/index.ts';
import { decodeVideo, type FramesSeen, watchFrames } from './frames.ts';
import type { CameraMeasure, FrameFacts } from './frames-policy.ts';
import { type Description, describe } from './rtsp/describe.ts';
import { type WatchedStream, watchStream } from './rtsp/watch.ts';

export interface LookOptions {
  password: string | undefined;
  /** what the camera's name resolved to */
  address: string;
  seconds: number;
  signal: AbortSignal;
  /** how long ffmpeg may take for what was received; default 12 s */
  decodeTimeoutMs?: number;
}

export interface CameraLook extends CameraMeasure {
  width: number | null;
  height: number | null;
  seconds: number;
  keyFrameDistance: number | null;
  lostPackets: number | null;
  kilobitsPerSecond: number | null;
  /** why there are no frames, in words without secrets */
  reason: string | undefined;
  /** there is no ffmpeg on this machine */
  missing: boolean;
  /** frames came, and this box did not decode them in time */
  slow: boolean;
}

const STEP_TIMEOUT_MS = 3000;
/** ffmpeg itself takes 6 s to start from a cold disk on a busy box */
const DECODE_TIMEOUT_MS = 12_000;

/** The camera's words alone, without a session. */
export function describeCamera(
  camera: CameraConfig,
  options: Omit<LookOptions, 'seconds'>,
): Promise<Description> {
  return describe(connectionOf(camera, options));
}

/** Its words and, when it has any, its frames. Never rejects. */
export async function lookAtCamera(
  camera: CameraConfig,
  options: LookOptions,
): Promise<{ description: Description; look: CameraLook | undefined; refusal: number | undefined }> {
  const { seconds, signal, password, decodeTimeoutMs: timeoutMs = DECODE_TIMEOUT_MS } = options;
  const { transport } = camera;
  const watched = await watchStream({ ...connectionOf(camera, options), transport, seconds });
  const { description, stream, refusal } = watched;
  if (description.outcome !== 'described') return { description, look: undefined, refusal: undefined };
  // SETUP and PLAY are refused for the same reasons to everybody: no session left, not allowed.
  if (refusal && [401, 403, 453, 503].includes(refusal.statusCode))
    return { description, look: undefined, refusal: refusal.statusCode };
  const announcedFps = description.video?.announcedFps ?? null;
  if (stream?.codec && stream.frames > 0) {
    const seen = await decodeVideo(stream.video, stream.codec, { timeoutMs, signal });
    return { description, look: lookOf(seen, announcedFps, stream), refusal: undefined };
  }
  const wholeMs = seconds * 1000 + timeoutMs;
  const seen = await watchFrames(camera, { password, seconds, timeoutMs: wholeMs, signal });
  return { description, look: lookOf(seen, announcedFps), refusal: undefined };
}

/** A recorded video. */
export async function lookAtFile(
  camera: CameraConfig,
  { seconds, signal }: Pick<LookOptions, 'seconds' | 'signal'>,
): Promise<CameraLook> {
  const timeoutMs = seconds * 1000 + DECODE_TIMEOUT_MS;
  return lookOf(await watchFrames(camera, { password: undefined, seconds, timeoutMs, signal }), null);
}

function connectionOf(camera: CameraConfig, { password, address, signal }: Omit<LookOptions, 'seconds'>) {
  const { url, username } = camera;
  const login = username === undefined ? undefined : { username, password: password ?? '' };
  return { url, address, login, timeoutMs: STEP_TIMEOUT_MS, signal };
}

function lookOf(seen: FramesSeen, announcedFps: number | null, stream?: WatchedStream): CameraLook {
  const { width, height, keyFrameDistance, bFrames, picture, reason, missing } = seen;
  const slow = stream !== undefined && seen.slow;
  // Without ffmpeg, or while it takes too long, the stream's own figures are all there is.
  const frames = stream && (missing || slow || seen.frames > 0) ? stream.frames : seen.frames;
  const { seconds, fps, timeFaults } = stream ?? (seen satisfies FrameFacts);
  const numbers = stream ? stream.packets + stream.lost : 0;
  return {
    ...{ width, height, seconds, keyFrameDistance, bFrames, picture, reason, missing, slow, announcedFps },
    ...{ frames, fps, timeFaults },
    // B-frames are sent before the ones that they are shown after: that is no jitter of the way
    jitterMs: bFrames ? null : (stream?.jitterMs ?? null),
    lostPackets: stream?.lost ?? null,
    lossShare: stream && numbers > 0 ? stream.lost / numbers : null,
    kilobitsPerSecond: stream && seconds > 0 ? (stream.bytes * 8) / 1000 / seconds : null,
    keyFrameSeconds: keyFrameDistance === null ? seconds : fps === null ? null : keyFrameDistance / fps,
  };
}
