// The parts of a version on their way, on the disk: sealed, one file each, so that what was received outlives a cut, a restart
// and a power cut. A part that was cut there does not open, and is asked for again.
//
//     {directory}/incoming/{list}/{version}[-{base}]/{n}     n from 1

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { WatchlistContent } from '../contract/index.ts';
import { LOCK_OVERHEAD_BYTES, type LockedThing, lock, type OpenRing, unlock } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';

export interface PartsPlace {
  directory: string;
  list: string;
  version: number;
  content: WatchlistContent;
}

const folderOf = (directory: string, list: string) => join(directory, 'incoming', list);
const nameOf = ({ version, content }: PartsPlace) =>
  content.base === null ? String(version) : `${version}-${content.base.version}`;
const pathOf = (place: PartsPlace, part: number) =>
  join(folderOf(place.directory, place.list), nameOf(place), String(part));

const thingOf = ({ list, version, content }: PartsPlace, part: number): LockedThing => ({
  ...{ kind: 'part', list, version, part },
  base: content.base === null ? '' : String(content.base.version),
});

/** Numbers of the parts that are not here. */
export function missingParts(place: PartsPlace): number[] {
  return place.content.parts.flatMap(({ sizeBytes }, index) => {
    const found = statSync(pathOf(place, index + 1), { throwIfNoEntry: false });
    return found?.size === sizeBytes + LOCK_OVERHEAD_BYTES ? [] : [index + 1];
  });
}

/** @throws {AnprError} `watchlist.no-room`, `watchlist.unwritable` */
export function putPart(place: PartsPlace, part: number, bytes: Uint8Array, ring: OpenRing): void {
  const path = pathOf(place, part);
  const partial = `${path}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(partial, lock(ring.current, thingOf(place, part), bytes), { mode: 0o600 });
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
    throw new AnprError(
      full ? 'watchlist.no-room' : 'watchlist.unwritable',
      `part ${part} of ${place.list} ${place.version} cannot be kept: ${messageOf(error)}`,
      'Make room on the disk, and look at watchlists.directory.',
      { cause: error },
    );
  }
}

/** @throws {AnprError} `watchlist.part-broken`: it is removed, and has to come again */
export function takePart(place: PartsPlace, part: number, ring: OpenRing): Buffer {
  const path = pathOf(place, part);
  try {
    return unlock(ring, thingOf(place, part), readFileSync(path));
  } catch (error) {
    removePart(place, part);
    throw new AnprError(
      'watchlist.part-broken',
      `part ${part} of ${place.list} ${place.version} cannot be read (${codeOf(error)}): it comes again`,
      undefined,
      { cause: error },
    );
  }
}

export function removePart(place: PartsPlace, part: number): void {
  rmSync(pathOf(place, part), { force: true });
}

/** Everything that is on its way for a list, but what belongs to `keep`. */
export function removeIncoming(directory: string, list: string, keep?: PartsPlace): void {
  const folder = folderOf(directory, list);
  for (const name of namesIn(folder))
    if (!keep || name !== nameOf(keep)) rmSync(join(folder, name), { recursive: true, force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Bytes that the agent's user may still write where lists are kept. */
export function freeBytes(directory: string): number {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
