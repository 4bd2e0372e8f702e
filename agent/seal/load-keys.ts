// How the agent comes by its keys at its start, whatever state it finds them in.

import { chmodSync, renameSync, statSync } from 'node:fs';
import { codeOf, messageOf } from '../shared/errors.ts';
import { CREDENTIAL_FILE, hasCredential, openCredential } from './credential.ts';
import { type FoundKeys, fileError, findKeys, type KeyOptions, keyFileOf, writeKeys } from './key-file.ts';
import { newRing } from './ring.ts';

interface LoadOptions extends KeyOptions {
  /** default: where systemd looks */
  credential?: string;
}

/**
 * The box's keys; made, at the first start, as a file beside the journal. Root finds the sealed ones without systemd's help:
 * an agent started by hand must not begin with others. Keys that cannot be understood are set aside,
 * not removed, and new ones made: a box without its old keys still reads plates.
 * @throws {AnprError} `seal.key-file` when they can be neither read nor written
 */
export function loadKeys(journalPath: string, options: LoadOptions = {}): FoundKeys {
  let problem: string | null = null;
  try {
    const found = findKeys(journalPath, options);
    if (found) {
      if (found.place === 'file') keepPrivate(found.path);
      return found;
    }
  } catch (error) {
    if (codeOf(error) !== 'seal.key') throw error;
    problem = setAside(keyFileOf(journalPath), messageOf(error));
  }
  const sealed = options.credential ?? CREDENTIAL_FILE;
  if (hasCredential(sealed))
    try {
      return { ring: openCredential(sealed), place: 'credential', path: sealed, made: false, problem };
    } catch (error) {
      problem = messageOf(error);
    }
  const ring = newRing();
  const path = keyFileOf(journalPath);
  writeKeys(path, ring);
  return { ring, place: 'file', path, made: true, problem };
}

/** A copy by hand often comes with a wider mode. */
function keepPrivate(path: string): void {
  if ((statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    throw fileError(path, 'made private', error);
  }
}

/** A credential that makes no sense stays where it is: it is systemd's. */
function setAside(path: string, why: string): string {
  try {
    const aside = `${path}.unusable-${Date.now()}`;
    renameSync(path, aside);
    return `${why}; kept as ${aside}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return why;
    throw fileError(path, 'set aside', error);
  }
}
