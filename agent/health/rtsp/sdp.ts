// What a camera says of its stream before anything flows (SDP, RFC 8866): the video's codec, profile and rate. Pure;
// unknown lines are passed over.

export interface VideoDescription {
  /** `H264`, `H265`, `JPEG` … as the camera writes it, in upper case; undefined when it does not say */
  codec: string | undefined;
  /** of H.264: `High`, `Main` …, and its level like 4.1 */
  profile: string | undefined;
  level: number | undefined;
  /** frames a second, when announced */
  announcedFps: number | undefined;
  /** where to set this stream up, absolute or relative to the answer's base */
  control: string | undefined;
  payloadType: number;
  /** ticks a second of its time stamps */
  clockRate: number;
  /** SPS, PPS (and VPS), which some cameras send here and nowhere else */
  parameterSets: string[];
}

const H264_PROFILES: Record<number, string> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4',
};
/** of all video formats in use (RFC 3551, RFC 6184, RFC 7798) */
const VIDEO_CLOCK_RATE = 90_000;
/** payload types that need no rtpmap (RFC 3551) */
const STATIC_CODECS: Record<string, string> = { '26': 'JPEG', '31': 'H261', '32': 'MPV', '33': 'MP2T' };

/** The first video in it; undefined when there is none. */
export function videoOf(sdp: string): VideoDescription | undefined {
  const lines = sdp.split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('m=video'));
  if (start < 0) return undefined;
  const next = lines.findIndex((line, index) => index > start && line.startsWith('m='));
  const media = lines.slice(start, next < 0 ? undefined : next);
  const payloadType = media[0]!.split(' ')[3] ?? '';
  const attribute = (name: string) =>
    media.find((line) => line.startsWith(`a=${name}`))?.slice(`a=${name}`.length);
  const [, codec, clockRate] = /^([\w.-]+)\/(\d+)/.exec(attribute(`rtpmap:${payloadType} `) ?? '') ?? [];
  const format = attribute(`fmtp:${payloadType} `) ?? '';
  const profileLevel = /profile-level-id=([0-9a-f]{6})/i.exec(format)?.[1];
  const fps = Number(attribute('framerate:') ?? attribute('x-framerate:'));
  return {
    codec: codec?.toUpperCase() ?? STATIC_CODECS[payloadType],
    profile: profileLevel && H264_PROFILES[Number.parseInt(profileLevel.slice(0, 2), 16)],
    level: profileLevel ? Number.parseInt(profileLevel.slice(4), 16) / 10 : undefined,
    announcedFps: fps > 0 ? fps : undefined,
    control: attribute('control:'),
    payloadType: Number(payloadType) || 0,
    clockRate: Number(clockRate) || VIDEO_CLOCK_RATE,
    parameterSets: [...format.matchAll(/sprop-(?:parameter-sets|vps|sps|pps)=([^;\s]+)/g)].flatMap(
      ([, sets]) => sets!.split(',').filter(Boolean),
    ),
  };
}
