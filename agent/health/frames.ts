// A few seconds of a camera's or a file's real frames, through ffprobe. The address with its login goes to ffprobe's
// standard input, so the password stands in no process list.

import { inputList, judge, redacted } from '../capture/index.ts';
import type { CameraConfig } from '../config/index.ts';
import { runCommand } from './command.ts';
import { type FrameFacts, framesOf } from './frames-policy.ts';

export interface FramesSeen extends FrameFacts {
  /** ffprobe's own reason when there were none, without secrets */
  reason: string | undefined;
  /** there is no ffprobe on this machine */
  missing: boolean;
}

const PROTOCOLS = 'pipe,file,rtsp,rtsps,rtp,srtp,udp,tcp,tls,crypto';

export async function watchFrames(
  camera: Pick<CameraConfig, 'url' | 'username' | 'transport'>,
  options: { password: string | undefined; seconds: number; timeoutMs: number; signal: AbortSignal },
): Promise<FramesSeen> {
  const list = inputList(camera, options.password);
  const source = list
    ? ['-f', 'concat', '-safe', '0', '-protocol_whitelist', PROTOCOLS, '-i', 'pipe:0']
    : ['-i', `file:${decodeURIComponent(camera.url.slice('file://'.length))}`];
  const result = await runCommand(
    'ffprobe',
    [
      ...['-hide_banner', '-loglevel', 'error', '-select_streams', 'v:0', '-show_frames', '-of', 'compact'],
      ...['-show_entries', 'frame=pts_time,key_frame,pict_type,width,height'],
      ...['-read_intervals', `%+${options.seconds}`],
      ...source,
    ],
    { timeoutMs: options.timeoutMs, signal: options.signal, input: list },
  );
  const said = redacted(result.stderr, [options.password ?? '']);
  const reasons = said.split('\n').map((line) => judge(line).reason);
  return {
    ...framesOf(result.stdout),
    reason: reasons.find((reason) => reason !== undefined) ?? said.trim().split('\n').at(-1)?.slice(0, 200),
    missing: result.missing,
  };
}
