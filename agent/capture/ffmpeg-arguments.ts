// What ffmpeg is told: arguments, and the list with the camera's address that goes to its stdin so that the password
// stands in no process list. Pure text. One decoder feeds two outputs: the small luma plane as NUT on stdout (it keeps
// the time stamps), the full-size planes as raw files in memory (frame-ring.ts). docs/benchmarks-capture.md has the
// figures that decided for this.

import type { CameraConfig } from '../config/index.ts';

/** How ffmpeg decodes; `decode: auto` is one of these once the machine has been looked at. */
export type Backend = 'software' | 'vaapi' | 'v4l2m2m' | 'cuda';

export interface SmallLimit {
  maxWidth: number;
  maxHeight: number;
  /** the small copy in colour (yuv420p) instead of luma alone: half as much again through the pipe */
  colour?: boolean;
}

export interface FfmpegWish {
  config: Pick<CameraConfig, 'url' | 'username' | 'transport'>;
  backend: Backend;
  /** of the stream, once it is known; v4l2m2m has a decoder for each */
  codec: string | undefined;
  small: SmallLimit;
  /** frames beyond this are left out before they cost anything but decoding */
  maxFramesPerSecond: number;
  /** files only: as fast as frames are taken, or as fast as they were filmed */
  pace: 'realtime' | 'fast';
  /** where the full-size planes go: a name with %d */
  filePattern: string;
}

const SOCKET_TIMEOUT_US = 5_000_000;
const PROTOCOLS = 'pipe,file,rtsp,rtsps,rtp,srtp,udp,tcp,tls,crypto,http,https,httpproxy';
/**
 * enc_time_base: without it ffmpeg rounds the times to its guess of the frame rate. noautoscale: without it a change of
 * size is stretched to the first one and goes unnoticed (ffmpeg 7 no longer takes "-autoscale 0"). threads 1: raw
 * "encoding" in threads holds back a frame.
 */
const OUTPUT = [
  ...['-fps_mode', 'passthrough', '-enc_time_base', '1:90000', '-noautoscale'],
  ...['-c:v', 'rawvideo', '-threads', '1'],
];

/**
 * Before it lets go of a stream's pictures ffmpeg would read 20 of them to guess the frame rate and seven to guess how they are ordered,
 * which the agent asks for nowhere: 0.8 s at 25 a second, 1.7 s at 12. It is the list that opens the camera, and ffmpeg that opens the
 * list: each looks for itself.
 */
const LOOK_SHORTLY = [
  ['fpsprobesize', '0'],
  ['max_ts_probe', '0'],
] as const;

export function isFile(url: string): boolean {
  return url.startsWith('file://');
}

/** The path in a file's address. */
export function pathIn(url: string): string {
  return decodeURIComponent(url.slice('file://'.length));
}

/** An input that comes as a list on stdin. */
const LISTED = ['-f', 'concat', '-safe', '0', '-protocol_whitelist', PROTOCOLS, '-i', 'pipe:0'];

/** A camera or a recording as ffmpeg's input, for who looks at it for a moment; `list` goes to stdin. */
export function inputOf(
  camera: Pick<CameraConfig, 'url' | 'username' | 'transport'>,
  password: string | undefined,
): { args: string[]; list: string | undefined } {
  const list = inputList(camera, password);
  return { args: list === undefined ? ['-i', `file:${pathIn(camera.url)}`] : LISTED, list };
}

export function ffmpegArguments(wish: FfmpegWish): string[] {
  return [
    ...['-hide_banner', '-nostats', '-loglevel', 'repeat+info'],
    ...decoderArguments(wish.backend, wish.codec),
    ...inputArguments(wish),
    ...['-filter_complex_threads', '1', '-filter_complex', filterGraph(wish.small, wish.maxFramesPerSecond)],
    ...['-map', '[full]', ...OUTPUT, '-f', 'image2', '-protocol_opts', 'truncate=0', wish.filePattern],
    ...['-map', '[small]', ...OUTPUT, '-f', 'nut', '-flush_packets', '1', 'pipe:1'],
  ];
}

function inputArguments({ config, pace }: FfmpegWish): string[] {
  if (!isFile(config.url))
    return [...LOOK_SHORTLY.flatMap(([name, value]) => [`-${name}`, value]), ...LISTED];
  return ['-nostdin', ...(pace === 'realtime' ? ['-re'] : []), '-i', `file:${pathIn(config.url)}`];
}

/**
 * One thread by default: frame threads hold back as many pictures as there are threads, and a box has more
 * cameras than cores.
 */
function decoderArguments(backend: Backend, codec: string | undefined): string[] {
  switch (backend) {
    case 'software':
      return ['-threads', '1'];
    case 'vaapi':
      return ['-hwaccel', 'vaapi'];
    case 'cuda':
      return ['-hwaccel', 'cuda'];
    case 'v4l2m2m':
      return ['-c:v', codec === 'hevc' ? 'hevc_v4l2m2m' : 'h264_v4l2m2m'];
  }
}

/**
 * `format` passes 4:2:0 of either range untouched and turns anything else into it. `select` thins evenly: register 0
 * holds the time when the next frame is due; one that comes a quarter of a period early will do, because time stamps
 * jitter, and a jump back cannot stop the stream. `area` averages over all pixels: small plates keep their contrast.
 * `gray` after it has the scaler read luma alone, where it lies: taking the plane out first would be a copy of it. Naming
 * both ranges full keeps it from stretching limited luma: the small plane is as bright as the rows of the full one.
 */
function filterGraph({ maxWidth, maxHeight, colour }: SmallLimit, maxFramesPerSecond: number): string {
  const seconds = (periods: number) => (periods / maxFramesPerSecond).toFixed(6);
  const due = `isnan(t)+gte(t,ld(0)-${seconds(0.25)})+lt(t,ld(0)-${seconds(2)}-1)`;
  const next = `st(0,clip(ld(0)+${seconds(1)},t,t+${seconds(1.25)}))`;
  const thin = `select='if(${due},1+0*${next},0)',`;
  const fit = `min(1,min(${maxWidth}/iw,${maxHeight}/ih))`;
  const size = `w='max(2,2*trunc(iw*${fit}/2))':h='max(2,2*trunc(ih*${fit}/2))'`;
  return (
    `[0:v:0]format=yuv420p|yuvj420p,${Number.isFinite(maxFramesPerSecond) ? thin : ''}split[full][copy];` +
    `[copy]scale=${size}:flags=area:${colour ? 'out_range=tv,format=yuv420p' : 'in_range=full:out_range=full,format=gray'}[small]`
  );
}

/** The list for ffmpeg's stdin; undefined where none is read. */
export function inputList(
  config: Pick<CameraConfig, 'url' | 'username' | 'transport'>,
  password: string | undefined,
): string | undefined {
  if (isFile(config.url)) return undefined;
  return [
    'ffconcat version 1.0',
    `file '${addressWithLogin(config.url, config.username, password)}'`,
    `option rtsp_transport ${config.transport}`,
    `option timeout ${SOCKET_TIMEOUT_US}`,
    'option allowed_media_types video',
    ...LOOK_SHORTLY.map(([name, value]) => `option ${name} ${value}`),
    '',
  ].join('\n');
}

function addressWithLogin(url: string, username: string | undefined, password: string | undefined): string {
  const address = url.replace(/['\\\s]/g, percent);
  if (username === undefined) return address;
  const login = percentEncoded(username) + (password === undefined ? '' : `:${percentEncoded(password)}`);
  return address.replace('://', () => `://${login}@`);
}

/** Everything but letters, digits, "-", "_", "." and "~": nothing that the list, the address or the login could take amiss. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Backends to try in turn, the last always software. */
export function backends(
  wanted: CameraConfig['decode'],
  machine: { architecture: string; has(path: string): boolean },
): Backend[] {
  if (wanted === 'software') return ['software'];
  if (wanted !== 'auto') return [wanted, 'software'];
  if (machine.has('/dev/nvidia0') && machine.has('/dev/nvidiactl')) return ['cuda', 'software'];
  if (machine.has('/dev/dri/renderD128') && machine.architecture === 'x64') return ['vaapi', 'software'];
  const codecDevices = ['/dev/video10', '/dev/video11', '/dev/video12'];
  if (machine.architecture.startsWith('arm') && codecDevices.some((path) => machine.has(path)))
    return ['v4l2m2m', 'software'];
  return ['software'];
}
