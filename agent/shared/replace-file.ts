// A file that is there whole or not at all: written beside its place, on the disk, then renamed. A power cut, a full disk
// or a killed command leaves the old one.

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface FileRights {
  mode: number;
  /** owner and group, which only root can give; default: whoever writes */
  uid?: number;
  gid?: number;
}

/** @throws the system's error; the file that was there stays */
export function replaceFile(path: string, content: string | Uint8Array, rights: FileRights): void {
  const files = createReplacement();
  files.add(path, content, rights);
  files.commit();
}

export interface Replacement {
  /** Writes it beside its place. @throws the system's error; nothing is replaced then, and `add`ed files are gone */
  add(path: string, content: string | Uint8Array | { copyOf: string }, rights: FileRights): void;
  /** Each takes its name, in the order in which they came. */
  commit(): void;
  discard(): void;
}

/** Several files that change together: all of them are on the disk before the first takes its name. */
export function createReplacement(): Replacement {
  const drafts: { path: string; draft: string }[] = [];
  const discard = () => {
    for (const { draft } of drafts) rmSync(draft, { force: true });
    drafts.length = 0;
  };
  const undoing = (work: () => void) => {
    try {
      work();
    } catch (error) {
      discard();
      throw error;
    }
  };
  return {
    add: (path, content, rights) =>
      undoing(() => {
        const draft = `${path}.new-${process.pid}`;
        drafts.push({ path, draft });
        writeDraft(draft, content, rights);
      }),
    commit: () =>
      undoing(() => {
        for (const { path, draft } of drafts) renameSync(draft, path);
        for (const folder of new Set(drafts.map(({ path }) => dirname(path)))) syncFolder(folder);
        drafts.length = 0;
      }),
    discard,
  };
}

function writeDraft(
  draft: string,
  content: string | Uint8Array | { copyOf: string },
  { mode, uid, gid }: FileRights,
): void {
  rmSync(draft, { force: true });
  if (typeof content === 'object' && 'copyOf' in content) {
    copyFileSync(content.copyOf, draft, constants.COPYFILE_EXCL);
    syncFolder(draft);
  } else writeFileSync(draft, content, { mode, flag: 'wx', flush: true });
  chmodSync(draft, mode); // whatever the umask
  if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined) chownSync(draft, uid, gid);
}

/**
 * For a configuration: those that it has; a new one may be read by the group of its folder, which is the agent's in a box's
 * /etc/anpr. Passwords are not in it, addresses are.
 */
export function configRights(configFile: string): FileRights {
  const there = statSync(configFile, { throwIfNoEntry: false });
  if (there) return { mode: there.mode & 0o777, uid: there.uid, gid: there.gid };
  return { mode: 0o640, uid: 0, gid: statSync(dirname(configFile)).gid };
}

/**
 * For a secret beside the configuration: only the owner may read it, and the group of the configuration where that is not
 * root's: the agent's. Makes the folder.
 */
export function secretRights(path: string, configFile: string): FileRights {
  const { gid = 0 } = configRights(configFile);
  const shared = process.getuid?.() === 0 && gid !== 0;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: shared ? 0o750 : 0o700 });
  if (!shared) return { mode: 0o600 };
  if (folder !== dirname(configFile)) chownSync(folder, 0, gid);
  return { mode: 0o640, uid: 0, gid };
}

/** Makes what was done last: renames in a folder, bytes of a file. */
export function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
