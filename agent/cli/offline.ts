// The journal for a command while no agent runs: with the keys of the box, and noted in the audit log.

import type { AuditedJournal } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { ownKeys } from './own-keys.ts';

/**
 * @param reason why somebody looks at reads, for the audit log
 * @throws {AnprError} `journal.*`, `audit.no-reason`, `seal.*`: among them that this user may not have the keys
 */
export async function openOffline(
  config: Pick<Config, 'journal' | 'audit'>,
  reason?: string,
): Promise<AuditedJournal & { keys: KeyRing }> {
  const { openAudited } = await import('../audit/index.ts');
  const { path } = config.journal;
  const keys = await keysFor(path);
  const { reasonRequired } = config.audit;
  return { ...(await openAudited(path, keys, { reason, reasonRequired })), keys };
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
