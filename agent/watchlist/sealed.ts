// The rows of a list as they lie on the disk: found by a keyed hash of the plate, and AES-GCM pieces that belong to their list,
// version and line.

import type Database from 'better-sqlite3';
import { type BoxKey, type OpenRing, unlock } from '../seal/index.ts';
import { type KeyedHash, keyedHash } from './keyed-hash.ts';
import type { ListMeta, StoredEntry } from './store.ts';
import type { Entry, Validity } from './types.ts';

/** shared texts remembered: of the longest kind those are some 10 MB */
const MOST_SHARED = 2000;

/** 48 bits of the keyed hash; a chance meeting of two plates shows when the entry is opened. */
export function plateHash(key: BoxKey, plate: string): number {
  let hash = hashes.get(key);
  if (!hash) {
    hash = keyedHash(key.secretFor('list-index').export());
    hashes.set(key, hash);
  }
  return hash(plate);
}

const hashes = new WeakMap<BoxKey, KeyedHash>();

export type Table = 'entry' | 'pattern' | 'shared';
export type Shared = [Entry['reason'], Entry['instruction'], Entry['source'], Entry['priority'], Validity];
export type Packed = [plate: string, country: string | null, reference: string | null, shared: number];

/** Two entries with the same one are the same entry, whatever else they say. */
export function identityOf({ plate, country, validity }: Entry): string {
  const { from, to, days, minutes, zones } = validity;
  // Lists of before there were zones have none in their entries.
  return JSON.stringify([plate, country, from, to, days, minutes, zones ?? null]);
}

export interface SealedRow {
  line: number;
  sealed: Buffer;
}

export function openerOf(
  database: Database.Database,
  ring: OpenRing,
  of: Pick<ListMeta, 'list' | 'version'>,
) {
  const sharedRow = database.prepare('SELECT sealed FROM shared WHERE id = ?').pluck();
  const known = new Map<number, Shared>();
  const opened = <T>(table: Table, row: number, sealed: Buffer): T =>
    JSON.parse(unlock(ring, { kind: 'entry', ...of, table, row }, sealed).toString());
  return (table: 'entry' | 'pattern', { line, sealed }: SealedRow): StoredEntry => {
    const [plate, country, reference, sharedId] = opened<Packed>(table, line, sealed);
    let shared = known.get(sharedId);
    if (!shared) {
      shared = opened<Shared>('shared', sharedId, sharedRow.get(sharedId) as Buffer);
      if (known.size >= MOST_SHARED) known.clear();
      known.set(sharedId, shared);
    }
    const [reason, instruction, source, priority, validity] = shared;
    return { line, plate, country, reference, reason, instruction, source, priority, validity };
  };
}
