// The records of a hit, and hits out of their records. Pure but for new ids.

import { randomUUIDv7 } from 'node:crypto';
import {
  type Address,
  CONTRACT_VERSION,
  type HitActor,
  type HitEvent,
  type HitPayload,
  type HitState,
  hitMessage,
  type RejectionCause,
} from '../contract/index.ts';
import type { JournalRecord, NewRecord, PictureItem } from '../journal/index.ts';
import { isoOf } from '../shared/time.ts';
import type { Ground, Seen, ShownHit } from './types.ts';

/** How a hit stands: what its next record is made of. */
export interface Standing {
  id: string;
  readId: string;
  camera: string;
  state: HitState;
  basis: 'passage' | 'read';
  priority: number;
  /** UTC epoch milliseconds */
  raisedAt: number;
  reminders: number;
}

export interface Told {
  event: HitEvent;
  by?: HitActor;
  cause?: RejectionCause | null;
  note?: string | null;
  /** the whole of it, in records that a stranger to the hit must understand */
  ground?: Ground;
  read?: Seen['read'];
  pictures?: readonly PictureItem[];
  at?: number;
}

const AGENT: HitActor = { via: 'agent', name: null };

/** The record that tells `event` of a hit that stands as said afterwards. */
export function hitRecord(address: Address, hit: Standing, told: Told): NewRecord {
  const { event, by = AGENT, cause = null, note = null, ground, read, at = Date.now() } = told;
  const id = event === 'raised' ? hit.id : randomUUIDv7();
  const { readId, camera, state, basis, priority, raisedAt, reminders } = hit;
  const payload: HitPayload = {
    schema: CONTRACT_VERSION,
    type: 'hit',
    id,
    site: address.site,
    box: address.box,
    at: isoOf(at),
    camera,
    hit: {
      ...{ id: hit.id, readId, event, state, basis, priority },
      ...{ raisedAt: isoOf(raisedAt), by, cause, note, reminders },
    },
    ...(ground && { match: ground.match }),
    ...(read && { read }),
  };
  return {
    ...{ id, type: 'hit', at, camera, readId, payload },
    ...(read && { text: read.plate.text }),
    ...(ground && { confidence: ground.match.probability }),
    ...(told.pictures && { pictures: told.pictures }),
  };
}

/** A hit's record as it was kept; undefined for one of another kind or version. */
export function parsedHit({ payload }: Pick<JournalRecord, 'payload'>): HitPayload | undefined {
  const parsed = stored.safeParse(payload);
  return parsed.success ? parsed.data : undefined;
}

const stored = hitMessage.omit({ lane: true, connection: true, seal: true, epoch: true, seq: true });

/** Records of hits, in any order, folded into hits, newest first. */
export function foldHits(records: readonly Pick<JournalRecord, 'payload' | 'at' | 'id'>[]): ShownHit[] {
  const hits = new Map<string, ShownHit>();
  const inOrder = records
    .map((record) => ({ record, parsed: parsedHit(record) }))
    .sort((a, b) => a.record.at - b.record.at || (a.record.id < b.record.id ? -1 : 1));
  for (const { record, parsed } of inOrder) {
    if (!parsed) continue;
    const { hit, match, read, camera } = parsed;
    const shown = hits.get(hit.id) ?? {
      ...{ id: hit.id, readId: hit.readId, camera, raisedAt: Date.parse(hit.raisedAt) },
      ...{ match: null, read: null, history: [] },
      ...{ state: hit.state, basis: hit.basis, priority: hit.priority, reminders: 0 },
    };
    // A reminder decides nothing; it may be written down just after somebody has.
    if (hit.event !== 'reminded') {
      shown.state = hit.state;
      shown.basis = hit.basis;
    }
    shown.reminders = Math.max(shown.reminders, hit.reminders);
    if (match) shown.match = match;
    if (read) shown.read = read;
    shown.history.push({
      ...{ at: record.at, event: hit.event, by: hit.by.name, via: hit.by.via },
      note: [hit.cause, hit.note].filter(Boolean).join(': ') || null,
    });
    hits.set(hit.id, shown);
  }
  return [...hits.values()].sort((a, b) => b.raisedAt - a.raisedAt);
}

export function standingOf(hit: ShownHit): Standing {
  const { id, readId, camera, state, basis, priority, raisedAt, reminders } = hit;
  return { id, readId, camera, state, basis, priority, raisedAt, reminders };
}
