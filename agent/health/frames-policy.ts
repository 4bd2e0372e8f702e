// What a list of decoded frames says of a stream and of its picture. Pure: ffmpeg's lines in, figures out.

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
  picture: PictureFacts | null;
}

/** Of the middle one of the frames, on the scale of video (16 black, 235 white). */
export interface PictureFacts {
  brightness: number;
  /** how much it varies over the picture */
  contrast: number;
  colour: boolean;
}

const FRAME =
  /\bpts_time:(\S+) .*\bs:(\d+)x(\d+) .*\biskey:([01]) type:(\S).*?(?: mean:\[([\d ]+?) *\] stdev:\[([\d. ]+?) *\])?\s*$/;
/** Without light cameras send grey: chroma then stays within this of its middle, all over the picture. */
const GREY_CHROMA = 2;

/** Lines of ffmpeg's filter showinfo, one a frame. */
export function framesOf(log: string): FrameFacts {
  const frames = log.split('\n').flatMap((line) => {
    const match = line.includes('showinfo') && FRAME.exec(line);
    if (!match) return [];
    const [, time, width, height, key, type, mean, deviation] = match;
    const numbers = (text: string | undefined) => (text ?? '').split(/ +/).filter(Boolean).map(Number);
    return [
      {
        at: time === 'NOPTS' ? Number.NaN : Number(time),
        width: Number(width),
        height: Number(height),
        key: key === '1',
        type,
        mean: numbers(mean),
        deviation: numbers(deviation),
      },
    ];
  });
  const times = frames.map(({ at }) => at).filter(Number.isFinite);
  const keys = frames.flatMap(({ key }, index) => (key ? [index] : []));
  const seconds = times.length > 1 ? times.at(-1)! - times[0]! : 0;
  const last = frames.at(-1);
  return {
    frames: frames.length,
    seconds,
    fps: seconds > 0 ? (times.length - 1) / seconds : null,
    width: last?.width ?? null,
    height: last?.height ?? null,
    keyFrameDistance: keys.length > 1 ? Math.round((keys.at(-1)! - keys[0]!) / (keys.length - 1)) : null,
    bFrames: frames.some(({ type }) => type === 'B'),
    timeFaults: times.filter((at, index) => index > 0 && at <= times[index - 1]!).length,
    picture: pictureOf(frames[frames.length >> 1]),
  };
}

function pictureOf(frame: { mean: number[]; deviation: number[] } | undefined): PictureFacts | null {
  const [brightness, ...chroma] = frame?.mean ?? [];
  const [contrast, ...spread] = frame?.deviation ?? [];
  if (brightness === undefined || contrast === undefined) return null;
  const colour =
    chroma.some((mean) => Math.abs(mean - 128) > GREY_CHROMA) || spread.some((each) => each > GREY_CHROMA);
  return { brightness, contrast, colour };
}

/** All that a look at a camera can give; what was not looked at is null. */
export interface CameraMeasure {
  frames: number;
  fps: number | null;
  announcedFps: number | null;
  timeFaults: number;
  /** share of packets that never came */
  lossShare: number | null;
  jitterMs: number | null;
  bFrames: boolean;
  /** time from key frame to key frame; the whole look's when there was one key frame or none in it */
  keyFrameSeconds: number | null;
  picture: PictureFacts | null;
}

export type FrameFinding =
  | 'good'
  | 'no-frames'
  | 'heavy-loss'
  | 'loss'
  | 'slow'
  | 'fewer-frames'
  | 'time-stamps'
  | 'jitter'
  | 'covered'
  | 'dark'
  | 'bright'
  | 'b-frames'
  | 'rare-key-frames';

/** Plates pass in a fraction of a second: fewer frames than this miss fast ones. */
const LOW_FPS = 8;
const HEAVY_LOSS_SHARE = 0.02;
const LOSS_SHARE = 0.001;
/** of what is announced */
const FEWER_FRAMES_SHARE = 0.8;
/** As long as two to three frames at 25 a second: the frame clock rides out less. */
const HIGH_JITTER_MS = 100;
/** After a lost packet the picture stays broken until the next key frame. */
const RARE_KEY_FRAME_SECONDS = 5;
const COVERED_CONTRAST = 4;
const DARK = 24;
const BRIGHT = 215;

/** What is told when several things are wrong: the one that costs most reads. */
export function frameFinding(measure: CameraMeasure): FrameFinding {
  const { frames, fps, announcedFps, lossShare, picture } = measure;
  if (frames === 0) return 'no-frames';
  if ((lossShare ?? 0) >= HEAVY_LOSS_SHARE) return 'heavy-loss';
  if (picture && picture.brightness < DARK) return 'dark';
  if (picture && picture.brightness > BRIGHT) return 'bright';
  if (picture && picture.contrast < COVERED_CONTRAST) return 'covered';
  if (fps !== null && announcedFps !== null && fps < announcedFps * FEWER_FRAMES_SHARE) return 'fewer-frames';
  if (fps !== null && fps < LOW_FPS) return 'slow';
  if (measure.timeFaults > frames / 10) return 'time-stamps';
  if ((lossShare ?? 0) >= LOSS_SHARE) return 'loss';
  if ((measure.jitterMs ?? 0) > HIGH_JITTER_MS) return 'jitter';
  if (measure.bFrames) return 'b-frames';
  return (measure.keyFrameSeconds ?? 0) > RARE_KEY_FRAME_SECONDS ? 'rare-key-frames' : 'good';
}
