// The pictures of reads on disk: DIRECTORY/YYYY-MM-DD/READ-KIND.jpg. A picture is there whole or not at all, also after
// a power cut: written under another name, synced, renamed, the folder synced. A read never waits for a picture that cannot
// be kept: the caller gets an error and sends the read without it. Where the box has keys what lies on the disk is sealed, and
// belongs to its read: hashes and sizes are always those of the JPEG itself.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { type KeyRing, lock, lockedBy, openRing, unlock } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { pictureFile, pictureFolder } from '../shared/picture-path.ts';

export type EvidenceKind = 'plate' | 'overview';

/** A kept picture as a read's record names it. */
export interface EvidenceItem {
  kind: EvidenceKind;
  mediaType: 'image/jpeg';
  sizeBytes: number;
  /** hex */
  sha256: string;
}

export interface StoredEvidence extends EvidenceItem {
  file: string;
}

export interface EvidenceStore {
  /**
   * Keeps a picture; returns when it is on disk. The same picture put again replaces the first.
   * @param at UTC epoch milliseconds of the picture: names the folder
   * @throws {AnprError} `evidence.disk-full`, `evidence.not-writable`
   */
  put(readId: string, kind: EvidenceKind, at: number, jpeg: Uint8Array): Promise<StoredEvidence>;
  /**
   * The picture, undefined when it is not (or no longer) there. One from before the box had keys comes out as it is.
   * @throws {AnprError} `evidence.not-readable`, `seal.key-lost`, `seal.broken`, `seal.no-keys`
   */
  get(readId: string, kind: EvidenceKind, at: number): Promise<Buffer | undefined>;
  /**
   * The pictures of a read that are on the disk, for one who was not told of them.
   * @throws {AnprError} as `get`
   */
  find(readId: string, at: number): Promise<EvidenceItem[]>;
  /** Removes both pictures of a read; says nothing when they are gone already. */
  remove(readId: string, at: number): Promise<void>;
}

/** the agent's group may read: nobody else */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;
const KINDS: EvidenceKind[] = ['plate', 'overview'];

export interface EvidenceStoreOptions {
  directory: string;
  /** pictures are sealed with these; without them they are kept as they are */
  keys?: KeyRing | undefined;
}

export function createEvidenceStore({ directory, keys }: EvidenceStoreOptions): EvidenceStore {
  const ring = keys && openRing(keys);
  const folderOf = (at: number) => pictureFolder(directory, at);

  function fileOf(readId: string, kind: EvidenceKind, at: number): string {
    if (!/^[A-Za-z0-9_-]+$/.test(readId))
      throw new AnprError(
        'evidence.bad-id',
        `a read's id has letters, digits, "_" and "-" only, not "${readId}"`,
      );
    return pictureFile(directory, readId, kind, at);
  }

  async function put(
    readId: string,
    kind: EvidenceKind,
    at: number,
    jpeg: Uint8Array,
  ): Promise<StoredEvidence> {
    const file = fileOf(readId, kind, at);
    const folder = folderOf(at);
    const temporary = `${file}.${randomBytes(4).toString('hex')}.part`;
    try {
      const created = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      if (created !== undefined) await syncFolder(directory);
      const thing = { kind: 'picture', readId, picture: kind } as const;
      await writeSynced(temporary, ring ? lock(ring.current, thing, jpeg) : jpeg);
      await rename(temporary, file);
      await syncFolder(folder);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {}); // what counts is why it could not be written
      throw keepError(error, file);
    }
    return { ...itemOf(kind, jpeg), file };
  }

  async function get(readId: string, kind: EvidenceKind, at: number): Promise<Buffer | undefined> {
    const file = fileOf(readId, kind, at);
    const bytes = await readOrNothing(file);
    if (bytes === undefined || lockedBy(bytes) === undefined) return bytes;
    if (ring) return unlock(ring, { kind: 'picture', readId, picture: kind }, bytes);
    throw new AnprError(
      'seal.no-keys',
      `the picture ${file} is sealed, and the keys of the box are not there`,
      'Run this with sudo, or where the keys are.',
    );
  }

  async function readOrNothing(file: string): Promise<Buffer | undefined> {
    try {
      return await readFile(file);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new AnprError(
        'evidence.not-readable',
        `the picture ${file} cannot be read: ${messageOf(error)}`,
        undefined,
        { cause: error },
      );
    }
  }

  async function find(readId: string, at: number): Promise<EvidenceItem[]> {
    const found = await Promise.all(
      KINDS.map(async (kind) => {
        const jpeg = await get(readId, kind, at);
        return jpeg === undefined ? [] : [itemOf(kind, jpeg)];
      }),
    );
    // Who made them may have been killed before that.
    if (found.flat().length > 0) await syncFolder(folderOf(at));
    return found.flat();
  }

  async function remove(readId: string, at: number): Promise<void> {
    for (const kind of KINDS) await rm(fileOf(readId, kind, at), { force: true });
  }

  return { put, get, find, remove };
}

function itemOf(kind: EvidenceKind, jpeg: Uint8Array): EvidenceItem {
  const sha256 = createHash('sha256').update(jpeg).digest('hex');
  return { kind, mediaType: 'image/jpeg', sizeBytes: jpeg.byteLength, sha256 };
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function keepError(error: unknown, file: string): AnprError {
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
  return new AnprError(
    full ? 'evidence.disk-full' : 'evidence.not-writable',
    `the picture ${file} could not be kept: ${messageOf(error)}`,
    full
      ? 'Make room on the disk, or keep less: evidence.overview: none.'
      : 'Let the agent write to evidence.directory.',
    { cause: error },
  );
}
