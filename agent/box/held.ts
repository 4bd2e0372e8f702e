// Reads that the journal did not take before the agent stopped: lines in a file, sealed as the journal is, which the next
// start takes over. Beside the journal where its disk takes them, else in the folder of the local API's socket, which is
// memory: that survives a new start of the agent, not of the box.

import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type KeyRing, lock, openRing, unlock } from '../seal/index.ts';
import { addLine, linesIn } from '../shared/kept-lines.ts';

const FILE_MODE = 0o640;

export interface Held<R> {
  /** On the disk, or in memory, when it returns. @throws what the last of the places said */
  putAside(record: R): void;
  /**
   * Gives `keep` what was put aside, in order, and removes each file once all of it is kept. One with lines that do not open
   * is set aside.
   * @returns how many were kept, and the files that could not be read throughout
   */
  takeOver(keep: (record: R) => Promise<void>): Promise<{ taken: number; unreadable: string[] }>;
}

export interface HeldOptions {
  journalPath: string;
  /** of the local API */
  socketPath: string;
  keys: KeyRing;
}

export function createHeld<R extends { id: string }>({
  journalPath,
  socketPath,
  keys,
}: HeldOptions): Held<R> {
  const ring = openRing(keys);
  const places = [`${journalPath}.held`, join(dirname(socketPath), 'held')];
  /** id → file that it lies in: what could not be taken over before the agent stops again stays where it is */
  const lying = new Map<string, string>();
  const notTaken = new Set<string>();

  function read(file: string): { records: R[]; unreadable: number } {
    const records: R[] = [];
    let unreadable = 0;
    for (const line of linesIn(file))
      try {
        records.push(JSON.parse(unlock(ring, { kind: 'held' }, Buffer.from(line, 'base64')).toString()) as R);
      } catch {
        unreadable++;
      }
    return { records, unreadable };
  }

  return {
    putAside(record) {
      if (lying.has(record.id)) {
        notTaken.add(record.id);
        return;
      }
      const line = lock(ring.current, { kind: 'held' }, JSON.stringify(record)).toString('base64');
      let failure: unknown;
      for (const file of places)
        try {
          addLine(file, line, FILE_MODE);
          lying.set(record.id, file);
          return;
        } catch (error) {
          failure = error;
        }
      throw failure;
    },
    async takeOver(keep) {
      let taken = 0;
      const unreadable: string[] = [];
      for (const file of places) {
        const found = read(file);
        for (const { id } of found.records) lying.set(id, file);
        await Promise.all(found.records.map((record) => keep(record)));
        const own = new Set(found.records.map(({ id }) => id));
        const isOthers = [...lying].some(([id, where]) => where === file && !own.has(id));
        if (isOthers || found.records.some(({ id }) => notTaken.has(id))) continue;
        for (const id of own) lying.delete(id);
        taken += own.size;
        if (found.unreadable === 0) rmSync(file, { force: true });
        else {
          const keptAs = `${file}.unreadable-${Date.now()}`;
          renameSync(file, keptAs);
          unreadable.push(keptAs);
        }
      }
      return { taken, unreadable };
    },
  };
}
