// A file that is there whole or not at all: written beside its place, on the disk, then renamed. A power cut, a full disk
// or a killed command leaves the old one.

import {
  chmodSync,
  chownSync,
  closeSync,
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
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, uid, gid }: FileRights,
): void {
  const draft = `${path}.new-${process.pid}`;
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, content, { mode, flag: 'wx', flush: true });
    chmodSync(draft, mode); // whatever the umask
    if (process.getuid?.() === 0 && uid !== undefined && gid !== undefined) chownSync(draft, uid, gid);
    renameSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * For a secret beside the configuration: only the owner may read it, and the group of the configuration where that is not
 * root's: the agent's. Makes the folder.
 */
export function secretRights(path: string, configFile: string): FileRights {
  const gid = statSync(configFile, { throwIfNoEntry: false })?.gid ?? 0;
  const shared = process.getuid?.() === 0 && gid !== 0;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: shared ? 0o750 : 0o700 });
  if (!shared) return { mode: 0o600 };
  if (folder !== dirname(configFile)) chownSync(folder, 0, gid);
  return { mode: 0o640, uid: 0, gid };
}

/** Makes a rename in it last. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
