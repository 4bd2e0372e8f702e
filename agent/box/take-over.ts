// What the last run left behind, for the journal to take.

import { takeOver } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { auditRecordOf, type Journal, type NewRecord } from '../journal/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Held } from './held.ts';
import type { Keeper } from './keeper.ts';

/** Records that belong together, by the id of the first. */
export interface Together {
  id: string;
  records: NewRecord[];
}

/** What was looked at while no agent ran. */
export async function takeOverAudit(
  config: Config,
  journal: Journal,
  keys: KeyRing,
  log: Logger,
): Promise<void> {
  try {
    const { taken, kept } = await takeOver(config.journal.path, keys, ({ id, at, audit }) =>
      journal.append(auditRecordOf(audit, { site: config.site, box: config.box }, at, id)),
    );
    if (taken > 0) log.info({ taken }, 'accesses noted while no agent ran are in the journal now');
    if (kept)
      log.error({ file: kept }, 'some accesses noted while no agent ran cannot be read: the file is kept');
  } catch (error) {
    log.error(
      { code: codeOf(error) },
      `accesses noted while no agent ran wait for the next start: ${messageOf(error)}`,
    );
  }
}

/** Reads that the journal did not take before the agent stopped. */
export async function takeOverHeld(
  held: Held<Together>,
  keeper: Keeper<Together>,
  log: Logger,
): Promise<void> {
  try {
    const { taken, unreadable } = await held.takeOver(keeper.keep);
    if (taken > 0) log.info({ taken }, 'reads that were put aside are in the journal now');
    if (unreadable.length > 0)
      log.error({ files: unreadable }, 'some reads that were put aside cannot be read: the files are kept');
  } catch (error) {
    if (codeOf(error) !== 'journal.closed')
      log.error({ code: codeOf(error) }, `reads that were put aside wait on: ${messageOf(error)}`);
  }
}
