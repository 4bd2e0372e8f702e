// Opens a file with whatever this machine shows such files with.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AnprError, codeOf } from '../shared/errors.ts';

/** Throws `usage.no-screen` when there is none to show it on. */
export async function openFile(file: string): Promise<void> {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (!DISPLAY && !WAYLAND_DISPLAY)
    throw new AnprError(
      'usage.no-screen',
      `there is no screen here to show ${file} on`,
      `Fetch it from your own machine: scp THIS-BOX:${file} .`,
    );
  const child = spawn('xdg-open', [file], { stdio: 'ignore', detached: true });
  try {
    await once(child, 'spawn');
    child.unref();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new AnprError('usage.no-screen', 'there is no xdg-open here', `The file is there: ${file}`);
  }
}
