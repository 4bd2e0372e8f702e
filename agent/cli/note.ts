// What a command does with the lists by itself, they being files, noted in the audit log: by the running agent, which knows who
// asks, or beside the journal while none runs.

import type { Config } from '../config/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { ownKeys } from './own-keys.ts';

/**
 * @param action list: a list gets another version; entries: somebody looks at entries
 * @param filter which list, version …; nothing of an entry
 * @param rows entries that it is about
 * @throws {AnprError} `audit.not-kept`, `audit.no-reason`: then nothing may be shown; `seal.*`
 */
export async function noteAccess(
  config: Config,
  action: 'list' | 'entries',
  filter: Record<string, string | number>,
  rows: number,
  reason?: string,
): Promise<void> {
  const { connectApi } = await import('../api/index.ts');
  try {
    const api = await connectApi(config.api.socket, { reason });
    await api.note(action, filter, rows);
    return;
  } catch (error) {
    // A user who may not talk to the agent may still have the keys: that is noted beside it.
    if (!(error instanceof AnprError) || !['api.not-running', 'api.forbidden'].includes(codeOf(error)))
      throw error;
  }
  const { checkReason, ownClaim, recordAside, reasonOrNull } = await import('../audit/index.ts');
  const why = reasonOrNull(reason);
  if (action === 'entries') checkReason(why, config.audit.reasonRequired);
  const { ring } = await ownKeys(config.journal.path);
  recordAside(config.journal.path, ring, { action, who: ownClaim(), filter, reason: why, rows });
}
