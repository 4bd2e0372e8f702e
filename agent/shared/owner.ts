// Who owns what a command makes. Root runs commands, and the agent, which is another user, has to read what they leave: below
// the agent's folders everything is the agent's, whoever made it.

import { chownSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Gives a file or folder to the owner of the folder that it lies in. Only root can; for others it is theirs already. */
export function ownAsFolder(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(resolve(path)));
  chownSync(path, uid, gid);
}

/** Makes a folder, and those above it that are missing, each with the owner of the one that it lies in. */
export function makeOwnedFolder(path: string, mode: number): void {
  const whole = resolve(path);
  const first = mkdirSync(whole, { recursive: true, mode });
  if (first === undefined) return;
  const made: string[] = [];
  for (let at = whole; at.length >= first.length; at = dirname(at)) made.unshift(at);
  made.forEach(ownAsFolder);
}
