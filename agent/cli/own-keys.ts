// The keys of the box as whoever runs a command may have them; loaded only when a command needs them.

import type { OwnKeys } from '../seal/index.ts';

/** @throws {AnprError} `seal.no-keys`, `seal.key-file`, `seal.credential`, `seal.key` */
export async function ownKeys(journalPath: string): Promise<OwnKeys> {
  const seal = await import('../seal/index.ts');
  return seal.ownKeys(journalPath);
}
