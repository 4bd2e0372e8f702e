// Where the box's keys lie. On a box with systemd: a credential, sealed to the machine (its TPM where it has one), which
// systemd opens for the agent alone. Without: a file beside the journal that only the agent's user may read,
// which keeps out other users and nobody who takes the disk along; the agent says so wherever it is asked.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { replaceFile } from '../shared/replace-file.ts';
import { type KeyRing, parseRing } from './ring.ts';

/** Name of the systemd credential; LoadCredentialEncrypted= in the unit. */
export const CREDENTIAL = 'anpr.keys';

/** Where the keys are: `credential` is sealed to the machine, `file` is a file that anybody with the disk can read. */
export type KeyPlace = 'credential' | 'file';

export interface FoundKeys {
  ring: KeyRing;
  place: KeyPlace;
  path: string;
  /** made just now: there was none */
  made: boolean;
  /** what was wrong with the keys that were there, when they had to be set aside */
  problem: string | null;
}

export interface KeyOptions {
  /** default: process.env */
  environment?: Record<string, string | undefined>;
}

/** The file beside the journal. */
export const keyFileOf = (journalPath: string): string => `${journalPath}.keys`;

/**
 * The keys that are there; undefined when there are none.
 * @throws {AnprError} `seal.key` when what is there is no keys, `seal.key-file` when it cannot be read
 */
export function findKeys(
  journalPath: string,
  { environment = process.env }: KeyOptions = {},
): FoundKeys | undefined {
  const folder = environment.CREDENTIALS_DIRECTORY;
  const places: [KeyPlace, string][] = [
    ...(folder ? [['credential', join(folder, CREDENTIAL)] as [KeyPlace, string]] : []),
    ['file', keyFileOf(journalPath)],
  ];
  for (const [place, path] of places) {
    const text = readOrNothing(path);
    if (text !== undefined) return { ring: parseRing(text), place, path, made: false, problem: null };
  }
  return undefined;
}

/**
 * Writes the keys so that a power cut leaves the old ones or the new ones, and nobody else can read them at any moment.
 * @throws {AnprError} `seal.key-file`
 */
export function writeKeys(path: string, ring: KeyRing): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    // The agent's file, also when root made it.
    const { uid, gid } = statSync(dirname(path));
    replaceFile(path, `${JSON.stringify(ring)}\n`, { mode: 0o600, uid, gid });
  } catch (error) {
    throw fileError(path, 'written', error);
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw fileError(path, 'read', error);
  }
}

export function fileError(path: string, what: string, error: unknown): AnprError {
  return new AnprError(
    'seal.key-file',
    `the keys of the box in ${path} could not be ${what}: ${messageOf(error)}`,
    `Let the agent's user own ${path} and its folder: chown anpr:anpr ${path}`,
    { cause: error },
  );
}
