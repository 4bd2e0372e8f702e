// The keys of the box as whoever runs a command may have them; loaded only when a command needs them.

import type { Config } from '../config/index.ts';
import type { KeyRing, OwnKeys } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';

/** @throws {AnprError} `seal.no-keys`, `seal.key-file`, `seal.credential`, `seal.key` */
export async function ownKeys(journalPath: string): Promise<OwnKeys> {
  const seal = await import('../seal/index.ts');
  return seal.ownKeys(journalPath);
}

/**
 * The keys of the box, made when there are none yet: a box is enrolled and gets its cameras before its agent first runs.
 * @throws {AnprError} `seal.*`
 */
export async function keysOrNew(file: string, config: Pick<Config, 'journal'>): Promise<KeyRing> {
  const { loadKeys, ownKeys, sealKeys } = await import('../seal/index.ts');
  const { DEFAULT_CONFIG_PATH } = await import('../config/index.ts');
  try {
    return ownKeys(config.journal.path).ring;
  } catch (error) {
    if (codeOf(error) !== 'seal.no-keys') throw error;
  }
  // The machine's sealed keys are those of its installed agent, whose configuration is the usual one.
  if (process.getuid?.() === 0 && file === DEFAULT_CONFIG_PATH)
    try {
      return sealKeys(config.journal.path).ring;
    } catch {
      // no systemd that could seal: the agent would keep them in a file, and say so
    }
  return loadKeys(config.journal.path).ring;
}
