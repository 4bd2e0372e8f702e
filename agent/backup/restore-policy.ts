// Whether a backup may be restored on this box, and whom it has to be from. Pure.

import type { Head } from './container.ts';

export interface Objection {
  code: string;
  message: string;
  remedy: string;
}

export interface RestoreFacts {
  head: Pick<Head, 'kind' | 'lock' | 'signer' | 'site' | 'box'>;
  signerId: string;
  /** keys that whoever restores trusts: raw, base64 */
  trusted: readonly string[];
  agentRuns: boolean;
  configExists: boolean;
  /** what the box of the backup had sent, and what this box has: null for none */
  journal: { inBackup: string | null; here: string | null };
  force: boolean;
  keepJournal: boolean;
}

/** What stands against it before the content is opened. */
export function objectionTo(facts: RestoreFacts): Objection | undefined {
  const { head, trusted, signerId } = facts;
  // A passphrase vouches for what it opens. Anybody can lock for a public key, so there it is the signature that counts.
  const vouched = trusted.includes(head.signer) || (head.kind === 'backup' && 'passphrase' in head.lock);
  if (!vouched)
    return {
      code: 'restore.signer',
      message: `the ${head.kind} for ${head.site}/${head.box} is signed with the key ${signerId} (${head.signer}), which nobody here trusts`,
      remedy: 'When that is the right key, name it: --signed-by KEY.',
    };
  if (facts.agentRuns)
    return {
      code: 'restore.running',
      message: 'the agent of this box runs, with the configuration that is to be replaced',
      remedy: 'Stop it first: systemctl stop anpr.',
    };
  if (facts.configExists && !facts.force)
    return {
      code: 'restore.exists',
      message: 'this box has a configuration already',
      remedy: 'Replace it with --force: the old one is kept beside it.',
    };
  return undefined;
}

/** What stands against announcing the old box's end once its epoch is known; `here`: epoch of this box's journal. */
export function journalObjection({
  journal,
  keepJournal,
}: Pick<RestoreFacts, 'journal' | 'keepJournal'>): Objection | undefined {
  const { inBackup, here } = journal;
  if (inBackup === null || here === null || here === inBackup || keepJournal) return undefined;
  return {
    code: 'restore.journal',
    message: 'this box has a journal of its own: the end of the other one could not be announced in it',
    remedy: 'Restore on a new box, or let the journal go on as it is: --keep-journal.',
  };
}

/** The end of the old epoch is announced by a journal that is yet to begin. */
export function announces({ inBackup, here }: RestoreFacts['journal']): boolean {
  return inBackup !== null && here === null;
}

const NAME = /^[A-Za-z0-9_@.:+-]+(?:\/[A-Za-z0-9_@.:+-]+){0,3}$/;

/** Whether a file of this name may be written beside the configuration: never above it, never hidden. */
export function isPlainName(name: string): boolean {
  return name.length <= 200 && NAME.test(name) && name.split('/').every((part) => !part.startsWith('.'));
}
