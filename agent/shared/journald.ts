// The priority of a line for journald: `<3>` before it, as sd-daemon(3) has it, when stderr is the journal and not a file
// or a terminal. journald takes it off again; the line itself stays JSON.

import { fstatSync } from 'node:fs';

export type Priority = 'error' | 'warn' | 'notice' | 'info' | 'debug';

/** syslog(3) */
const PRIORITIES: Record<Priority, number> = { error: 3, warn: 4, notice: 5, info: 6, debug: 7 };

/** What goes before a line of this priority; nothing where nobody would take it off. */
export function prefixOf(priority: Priority, isJournal = stderrIsJournal()): string {
  return isJournal ? `<${PRIORITIES[priority]}>` : '';
}

let known: boolean | undefined;

/** JOURNAL_STREAM names device and inode of what systemd connected; after a redirection it is another. */
export function stderrIsJournal(): boolean {
  known ??= process.env.JOURNAL_STREAM !== undefined && process.env.JOURNAL_STREAM === identityOf(2);
  return known;
}

function identityOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
