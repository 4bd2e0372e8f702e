// How lines reach journald. Through its own socket, which scripts/anpr-service leaves open, each with its priority and with
// fields to look for (`journalctl ANPR_CAMERA=gate`); else over stderr, where `<3>` before a line is its priority, as
// sd-daemon(3) has it, and journald takes it off again. Either way the message is the line of JSON.

import { fstatSync, writeSync } from 'node:fs';

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

/** What ANPR_JOURNAL names as JOURNAL_STREAM does, `3:8:4711`: a descriptor, its device and inode. null: none, or another by now. */
export function journalSocket(named = process.env.ANPR_JOURNAL): number | null {
  const [, fd, identity] = /^(\d+):(\d+:\d+)$/.exec(named ?? '') ?? [];
  return fd !== undefined && identityOf(Number(fd)) === identity ? Number(fd) : null;
}

/** For a child that gets the socket as this descriptor. */
export function journalFor(child: number): { ANPR_JOURNAL?: string } {
  const socket = journalSocket();
  return socket === null ? {} : { ANPR_JOURNAL: `${child}:${identityOf(socket)}` };
}

/** Hands an entry to journald. false: it does not take it now. */
export function sentToJournal(socket: number, entry: string): boolean {
  try {
    return writeSync(socket, entry) > 0;
  } catch {
    return false;
  }
}

/** What an entry can be found by, beside its priority: ANPR_CAMERA and so on. */
const FIELDS = ['site', 'box', 'stage', 'camera', 'read', 'id', 'list', 'code'];

/** A line as systemd's "Native Journal Protocol" wants it: a datagram with a field a line. */
export function journalEntry(line: string, priority: Priority): string {
  const message = line.trim();
  const entry = [`PRIORITY=${PRIORITIES[priority]}`, 'SYSLOG_IDENTIFIER=anpr', `MESSAGE=${message}`];
  const fields: Record<string, unknown> = JSON.parse(message);
  for (const name of FIELDS) {
    const value = fields[name];
    // a line break would begin another field
    if (typeof value === 'string' && !/[\n\0]/.test(value)) entry.push(`ANPR_${name.toUpperCase()}=${value}`);
  }
  return `${entry.join('\n')}\n`;
}

function identityOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
