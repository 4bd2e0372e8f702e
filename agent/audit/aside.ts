// The audit log of what was read while no agent ran: lines in a file beside the journal, sealed like it, which the agent
// takes over at its next start. A line is on the disk before anything is shown.

import { randomUUIDv7 } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import type { AuditEntry } from '../contract/index.ts';
import { canonical, type KeyRing, lock, openRing, unlock } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { addLine, linesIn } from '../shared/kept-lines.ts';
import { ownAsFolder } from '../shared/owner.ts';

/** One access. */
export interface AsideEntry {
  /** of the record that it becomes: taken over twice it is one record */
  id: string;
  /** UTC epoch milliseconds */
  at: number;
  audit: AuditEntry;
}

const FILE_MODE = 0o660;

export const asideFileOf = (journalPath: string): string => `${journalPath}.audit`;

/**
 * Notes an access; returns once it is on the disk.
 * @throws {AnprError} `audit.not-kept`: then nothing may be shown
 */
export function recordAside(journalPath: string, keys: KeyRing, audit: AuditEntry): void {
  const entry: AsideEntry = { id: randomUUIDv7(), at: Date.now(), audit };
  const line = lock(openRing(keys).current, { kind: 'audit' }, canonical(entry)).toString('base64');
  try {
    addLine(asideFileOf(journalPath), line, FILE_MODE);
    ownAsFolder(asideFileOf(journalPath)); // root noted it, the agent takes it over
  } catch (error) {
    throw notKept(error);
  }
}

/** What was noted, oldest first. `unreadable`: lines that no key opens, or that were cut. */
export function readAside(journalPath: string, keys: KeyRing): { entries: AsideEntry[]; unreadable: number } {
  const ring = openRing(keys);
  const entries: AsideEntry[] = [];
  let unreadable = 0;
  for (const line of linesIn(asideFileOf(journalPath)))
    try {
      const text = unlock(ring, { kind: 'audit' }, Buffer.from(line, 'base64')).toString();
      entries.push(JSON.parse(text) as AsideEntry);
    } catch {
      unreadable++;
    }
  return { entries, unreadable };
}

/**
 * Gives each noted access to `append`, and removes the file once all are kept. A file with lines that do not open is set
 * aside, not removed.
 * @returns how many were taken over, and where the file is when something in it could not be read
 */
export async function takeOver(
  journalPath: string,
  keys: KeyRing,
  append: (entry: AsideEntry) => Promise<unknown>,
): Promise<{ taken: number; unreadable: number; kept: string | null }> {
  const file = asideFileOf(journalPath);
  const { entries, unreadable } = readAside(journalPath, keys);
  for (const entry of entries) await append(entry);
  const kept = unreadable > 0 ? `${file}.unreadable-${Date.now()}` : null;
  if (kept) renameSync(file, kept);
  else rmSync(file, { force: true });
  return { taken: entries.length, unreadable, kept };
}

/** Nothing is shown that could not be noted. */
export function notKept(error: unknown): AnprError {
  return new AnprError(
    'audit.not-kept',
    `who looks at reads is noted first, and that could not be done: ${messageOf(error)}`,
    'Make room on the disk, or run this as a user who may write beside the journal (sudo).',
    { cause: error },
  );
}
