// The journal for a command while no agent runs: with the keys of the box, and noted in the audit log.

import type { AuditedJournal } from '../audit/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { ownKeys } from './own-keys.ts';

/** @throws {AnprError} `journal.*`, `seal.*`: among them that this user may not have the keys */
export async function openOffline(journalPath: string): Promise<AuditedJournal & { keys: KeyRing }> {
  const { openAudited } = await import('../audit/index.ts');
  const keys = await keysFor(journalPath);
  return { ...(await openAudited(journalPath, keys)), keys };
}

/** A journal from before the box had keys: they are made now, because the note of who looked is sealed too. */
async function keysFor(journalPath: string): Promise<KeyRing> {
  try {
    return (await ownKeys(journalPath)).ring;
  } catch (error) {
    if (codeOf(error) !== 'seal.no-keys') throw error;
    const { openJournalReadOnly } = await import('../journal/index.ts');
    const { loadKeys } = await import('../seal/index.ts');
    const journal = await openJournalReadOnly(journalPath);
    // One that was sealed says so: its keys are somewhere, only not for this user.
    await journal.reads({ limit: 1 }).finally(() => journal.close());
    return loadKeys(journalPath).ring;
  }
}
