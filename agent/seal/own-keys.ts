// The keys of the box as whoever runs a command may have them: root opens the sealed ones.

import { AnprError, codeOf } from '../shared/errors.ts';
import { CREDENTIAL_FILE, hasCredential, openCredential } from './credential.ts';
import { findKeys, type KeyPlace } from './key-file.ts';
import type { KeyRing } from './ring.ts';

export interface OwnKeys {
  ring: KeyRing;
  place: KeyPlace;
  path: string;
}

/** @throws {AnprError} `seal.no-keys`, `seal.key-file`, `seal.credential`, `seal.key` */
export function ownKeys(journalPath: string): OwnKeys {
  try {
    // The file beside this journal first: a machine's sealed keys are those of its installed agent.
    const found = findKeys(journalPath);
    if (found) return found;
    if (hasCredential()) return { ring: openCredential(), place: 'credential', path: CREDENTIAL_FILE };
  } catch (error) {
    if (codeOf(error) !== 'seal.key-file') throw error;
    throw new AnprError(
      'seal.key-file',
      `this user may not read the keys of the box beside ${journalPath}`,
      'Run this with sudo.',
    );
  }
  throw new AnprError(
    'seal.no-keys',
    `there are no keys beside ${journalPath}, and no credential this user may open`,
    'Start the agent once: it makes them. Sealed keys need sudo.',
  );
}
