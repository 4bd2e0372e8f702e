// What processes have cost so far, from the kernel's own count.

import { readdirSync, readFileSync } from 'node:fs';

export const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux of the last decades

/** User and system seconds of a running process and everything below it, ended children included; `ffmpeg` of these alone. */
export function treeSeconds(root: number): { all: number; ffmpeg: number } {
  let ticks = 0;
  let ffmpegTicks = 0;
  const stats = new Map<number, string[]>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      stats.set(
        Number(pid),
        readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^\d+ \((.*)\) /, '$1 ')
          .split(' '),
      );
    } catch {} // it ended meanwhile
  const add = (pid: number, parent: number): void => {
    const [name, ...fields] = stats.get(pid) ?? [];
    const [own = 0, ended = 0] = [fields.slice(11, 13), fields.slice(13, 15)].map((of) =>
      of.reduce((sum, field) => sum + Number(field), 0),
    );
    ticks += own + ended;
    if (name === 'ffmpeg') ffmpegTicks += own;
    // a camera's process has no other children
    if (parent === root) ffmpegTicks += ended;
    for (const [child, [, , of]] of stats) if (Number(of) === pid) add(child, pid);
  };
  add(root, 0);
  return { all: ticks / TICKS_PER_SECOND, ffmpeg: ffmpegTicks / TICKS_PER_SECOND };
}
