// What a box has and knows of one list when a manifest is judged: read off the disk, for judge-policy.ts.

import { freeBytes } from './incoming.ts';
import type { Situation } from './judge-policy.ts';
import type { ListFile } from './list-file.ts';
import { recall } from './memory.ts';

export function situationOf({
  list,
  directory,
  file,
  now,
  wholeOnly,
}: Pick<Situation, 'now' | 'wholeOnly'> & { list: string; directory: string; file: ListFile }): Situation {
  const meta = file.meta();
  const memory = recall(directory, list);
  return {
    inForce: meta && { version: meta.version, listSha256: meta.published?.listSha256 ?? null },
    highest: memory?.version ?? 0,
    now,
    freeBytes: freeBytes(directory),
    inForceBytes: file.sizeBytes(),
    wholeOnly,
    ended: memory?.endedAt ? memory.version : null,
  };
}
