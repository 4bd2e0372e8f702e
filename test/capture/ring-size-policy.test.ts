// How many frames a ring holds: enough to work with, never all of the memory.

import { test } from 'tap';
import { framesToKeep } from '../../agent/capture/ring-size-policy.ts';

const MIB = 1024 * 1024;

test('small frames are held by number, large ones by their size, and three there always are', (t) => {
  const table: [what: string, frameMib: number, freeMib: number, wanted: number][] = [
    ['1080p with room', 3, 4000, 12],
    ['1440p with room', 6, 4000, 12],
    ['4K: 160 MiB', 12, 4000, 12],
    ['8K: 160 MiB', 48, 4000, 3],
    ['half of what is free', 3, 48, 8],
    ['hardly any memory', 3, 4, 3],
  ];
  for (const [what, frameMib, freeMib, wanted] of table)
    t.equal(framesToKeep(frameMib * MIB, freeMib * MIB), wanted, what);
  t.end();
});
