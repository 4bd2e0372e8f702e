// Whether this machine's ffmpeg can make the preview's video; asked before an address is printed.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AnprError } from '../shared/errors.ts';

const TIMEOUT_MS = 20_000;

/** @throws {AnprError} `preview.no-encoder` */
export async function checkEncoder(ffmpeg: string): Promise<void> {
  // ffmpeg says "not recognized" with exit status 0
  const { stdout } = await promisify(execFile)(ffmpeg, ['-hide_banner', '-h', 'encoder=mpeg1video'], {
    timeout: TIMEOUT_MS,
  }).catch(() => ({ stdout: '' }));
  if (!stdout.includes('Encoder mpeg1video'))
    throw new AnprError(
      'preview.no-encoder',
      `wanted an ffmpeg that makes MPEG-1 video for the page, found ${ffmpeg} without the encoder mpeg1video`,
      "Install the distribution's own ffmpeg instead: apt install ffmpeg.",
    );
}
