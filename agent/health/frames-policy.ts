// What a list of decoded frames says of a stream. Pure: ffprobe's lines in, figures out.

export interface FrameFacts {
  frames: number;
  /** between the first and the last time stamp */
  seconds: number;
  /** real frames a second, from the time stamps; null with fewer than two */
  fps: number | null;
  width: number | null;
  height: number | null;
  /** frames from one key frame to the next; null when there were fewer than two */
  keyFrameDistance: number | null;
  bFrames: boolean;
  /** time stamps that do not grow */
  timeFaults: number;
}

/** `-show_frames -of compact`: `frame|key_frame=1|pts_time=0.04|width=1920|height=1080|pict_type=I` */
export function framesOf(stdout: string): FrameFacts {
  const frames = stdout
    .split('\n')
    .filter((line) => line.startsWith('frame|'))
    .map(
      (line) =>
        new Map(
          line
            .split('|')
            .slice(1)
            .map((field) => field.split('=', 2) as [string, string]),
        ),
    );
  const times = frames.map((frame) => Number(frame.get('pts_time'))).filter(Number.isFinite);
  const keys = frames.flatMap((frame, index) => (frame.get('key_frame') === '1' ? [index] : []));
  const seconds = times.length > 1 ? times.at(-1)! - times[0]! : 0;
  const last = frames.at(-1);
  return {
    frames: frames.length,
    seconds,
    fps: seconds > 0 ? (times.length - 1) / seconds : null,
    width: Number(last?.get('width')) || null,
    height: Number(last?.get('height')) || null,
    keyFrameDistance: keys.length > 1 ? Math.round((keys.at(-1)! - keys[0]!) / (keys.length - 1)) : null,
    bFrames: frames.some((frame) => frame.get('pict_type') === 'B'),
    timeFaults: times.filter((at, index) => index > 0 && at <= times[index - 1]!).length,
  };
}

export type FrameFinding = 'good' | 'no-frames' | 'slow' | 'time-stamps';

/** Plates pass in a fraction of a second: fewer frames than this miss fast ones. */
const LOW_FPS = 8;

export function frameFinding(facts: FrameFacts): FrameFinding {
  if (facts.frames === 0) return 'no-frames';
  if (facts.timeFaults > facts.frames / 10) return 'time-stamps';
  if (facts.fps !== null && facts.fps < LOW_FPS) return 'slow';
  return 'good';
}
