// One picture of a camera or a recorded video, through ffmpeg, when no agent has its stream.

import { inputOf, judge, redacted } from '../capture/index.ts';
import type { CameraConfig } from '../config/index.ts';
import { runCommand } from './command.ts';

const TIMEOUT_MS = 12_000;

/** Writes a JPEG to `file`; when it is not there afterwards, `reason` says why as far as ffmpeg does. */
export async function takeStill(
  camera: Pick<CameraConfig, 'url' | 'username' | 'transport'>,
  password: string | undefined,
  file: string,
): Promise<{ reason: string | undefined; missing: boolean }> {
  const { args, list } = inputOf(camera, password);
  const result = await runCommand(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostats', '-loglevel', 'error', ...args],
      ...['-map', '0:v:0', '-frames:v', '1', '-q:v', '2'],
      ...['-f', 'image2', '-update', '1', '-y', `file:${file}`],
    ],
    { timeoutMs: TIMEOUT_MS, input: list },
  );
  const said = redacted(result.stderr, [password ?? ''])
    .trim()
    .split('\n');
  const reason = said.map((line) => judge(line).reason).find((each) => each !== undefined);
  const words = result.ended ? `nothing within ${TIMEOUT_MS / 1000} s` : said.at(-1)?.slice(0, 200);
  return { reason: reason ?? (words || undefined), missing: result.missing };
}
