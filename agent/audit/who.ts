// Who asks. A command says so itself, and proves its user id to the agent: it leaves an empty file with a random name in
// a folder beside the socket, and the file's owner is what the kernel says. (Node gives no SO_PEERCRED.) The folder's mode
// lets the group make files in it but neither list them nor remove another's; a file with several names proves
// nothing, since a hard link keeps its first owner.

import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type AuditEntry, MAX_REASON_CHARACTERS } from '../contract/index.ts';
import { AnprError } from '../shared/errors.ts';

export type Who = NonNullable<AuditEntry['who']>;

const FOLDER_MODE = 0o1730;
const MAX_NAME_CHARACTERS = 64;
const HEADERS = {
  uid: 'x-anpr-uid',
  user: 'x-anpr-user',
  sudoUser: 'x-anpr-sudo-user',
  proof: 'x-anpr-proof',
  reason: 'x-anpr-reason',
};

export const proofFolderOf = (socketPath: string): string => `${socketPath}.who`;

/** What this process says of its user. */
export function ownClaim(environment: Record<string, string | undefined> = process.env): Who {
  return {
    uid: process.getuid?.() ?? null,
    proven: false,
    user: nameOrNull(userName()),
    sudoUser: nameOrNull(environment.SUDO_USER),
  };
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // a user id without an account
  }
}

/** A request's headers, and what removes the proof once it was answered. @param reason why somebody asks */
export function introduce(
  socketPath: string,
  reason?: string,
): { headers: Record<string, string>; done(): void } {
  const { uid, user, sudoUser } = ownClaim();
  const name = randomUUID();
  const file = join(proofFolderOf(socketPath), name);
  const headers: Record<string, string> = {};
  if (uid !== null) headers[HEADERS.uid] = String(uid);
  if (user !== null) headers[HEADERS.user] = encodeURIComponent(user);
  if (sudoUser !== null) headers[HEADERS.sudoUser] = encodeURIComponent(sudoUser);
  const why = reasonOrNull(reason);
  if (why !== null) headers[HEADERS.reason] = encodeURIComponent(why);
  try {
    closeSync(openSync(file, 'wx', 0o600));
    headers[HEADERS.proof] = name;
  } catch {
    // an agent without that folder: the claim goes unproven, and the record says so
  }
  // where no proof could be left there is none to take away, and this user may not even look
  return { headers, done: () => headers[HEADERS.proof] && rmSync(file, { force: true }) };
}

/** Makes the folder that proofs are left in; returns what removes it. */
export function takeProofs(socketPath: string): () => void {
  const folder = proofFolderOf(socketPath);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  chmodSync(folder, FOLDER_MODE); // mkdir's mode goes through the umask
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Who sent a request: proven where the proof is there, else as claimed. */
export function whoAsks(headers: IncomingHttpHeaders, socketPath: string): Who {
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const claimed = Number(header(HEADERS.uid) ?? Number.NaN);
  const owner = ownerOf(header(HEADERS.proof), socketPath);
  return {
    uid: owner ?? (Number.isSafeInteger(claimed) && claimed >= 0 ? claimed : null),
    proven: owner !== undefined,
    user: nameOrNull(decoded(header(HEADERS.user))),
    sudoUser: nameOrNull(decoded(header(HEADERS.sudoUser))),
  };
}

/** Why they ask, as they say; null: they gave no reason. */
export function reasonGiven(headers: IncomingHttpHeaders): string | null {
  const value = headers[HEADERS.reason];
  return reasonOrNull(typeof value === 'string' ? decoded(value) : undefined);
}

/** One line of printable text; null: nothing that says anything. */
export function reasonOrNull(reason: string | undefined): string | null {
  const text = reason
    ?.replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_REASON_CHARACTERS);
  return text || null;
}

/** Nothing is shown to whoever doesn't say why, where the configuration wants that. @throws `audit.no-reason` */
export function checkReason(reason: string | null, required: boolean): void {
  if (required && reason === null)
    throw new AnprError(
      'audit.no-reason',
      'whoever looks at what was read has to say why on this box',
      "Give a reason, like a case's number: --reason 'case 2026/114'. The audit log keeps it.",
    );
}

function ownerOf(proof: string | undefined, socketPath: string): number | undefined {
  if (!proof || !/^[0-9a-f-]{36}$/.test(proof)) return undefined;
  const stat = lstatSync(join(proofFolderOf(socketPath), proof), { throwIfNoEntry: false });
  return stat?.isFile() && stat.nlink === 1 ? stat.uid : undefined;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Without what could pass for something else in a log or on a terminal. */
function nameOrNull(name: string | undefined): string | null {
  return name?.replace(/[^\p{L}\p{N}._@$\\-]/gu, '?').slice(0, MAX_NAME_CHARACTERS) || null;
}
