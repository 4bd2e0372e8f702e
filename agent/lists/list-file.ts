// The file of a list as it is now: a command may replace it at any time, so it is looked at again and again. Without keys.

import { rmSync, statSync } from 'node:fs';
import { messageOf } from '../shared/errors.ts';
import { type ListMeta, listPath, readMeta } from '../watchlist/index.ts';

export interface ListFile {
  /** null: there is none, or it is damaged */
  meta(): ListMeta | null;
  /** why it cannot be used */
  problem(): string | null;
  sizeBytes(): number;
  /** Looks again; returns whether it is another file. */
  look(): boolean;
  remove(): void;
}

export function watchFile(directory: string, list: string): ListFile {
  const path = listPath(directory, list);
  let known = '';
  let meta: ListMeta | null = null;
  let problem: string | null = null;
  let size = 0;

  function look(): boolean {
    let now = 'closed';
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      now = stat ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}:${stat.size}` : 'none';
      if (now === known) return false;
      size = stat?.size ?? 0;
      [meta, problem] = [readMeta(path) ?? null, null];
    } catch (error) {
      if (now === 'closed' && known === now) return false;
      [meta, problem] = [null, messageOf(error)];
    }
    known = now;
    return true;
  }

  look();
  return {
    meta: () => meta,
    problem: () => problem,
    sizeBytes: () => size,
    look,
    remove() {
      rmSync(path, { force: true });
      look();
    },
  };
}
