// Messages of the two sides of a hit, as they come: a box's records and the centre's hits.

import { randomUUIDv7 } from 'node:crypto';
import type { CentralHitMessage, HitMatch, HitMessage, HitRead } from '../../agent/contract/index.ts';
import { plate, seen } from '../hits/box.ts';

export const AT_MS = Date.parse('2026-11-22T12:00:00.000Z');
export const isoAt = (seconds: number) => new Date(AT_MS + 1000 * seconds).toISOString();

export interface About {
  /** the side's own id of the hit */
  id?: string;
  readId?: string;
  box?: string;
  camera?: string;
  text?: string;
  /** of the passage, seconds after AT_MS */
  from?: number;
  to?: number;
  list?: string;
  /** the entry; null: a list that alerts if absent */
  listed?: string | null;
  country?: string | null;
  reference?: string | null;
  reason?: string | null;
  priority?: number;
  probability?: number;
}

export function matchOf({ list = 'stolen', listed, text = '1ABC234', ...about }: About): HitMatch {
  const { country = null, reference = null, reason = 'stolen', probability = 0.97 } = about;
  const isAbsent = listed === null;
  return {
    list: { id: list, version: 3, kind: isAbsent ? 'alert-if-absent' : 'alert-if-listed', overdue: false },
    entry: isAbsent ? null : { plate: listed ?? text, country, reference },
    ...{ source: 'police', reason, instruction: 'Do not approach alone', probability },
    ...{ policy: 'probability', threshold: 0.9 },
    why: { text: 0.98, country: 1, weight: 1000, differences: null },
  };
}

export function readOf({ text = '1ABC234', from = 0, to = 2 }: About): HitRead {
  const { read } = seen(plate(text));
  return {
    ...read,
    capturedAt: isoAt(from),
    plate: { ...read.plate, alternatives: [{ text: text.replace('1', 'I'), confidence: 0.02 }] },
    passage: { ...read.passage, firstSeen: isoAt(from), lastSeen: isoAt(to) },
  };
}

let seq = 0;

/** @param over of `hit` */
export function edge(about: About, over: Partial<HitMessage['hit']> = {}, at = 3): HitMessage {
  const {
    id = randomUUIDv7(),
    readId = randomUUIDv7(),
    box = 'north',
    camera = 'gate',
    priority = 2,
  } = about;
  const event = over.event ?? 'raised';
  const isWhole = ['raised', 'upheld', 'reminded'].includes(event);
  return {
    ...{ schema: 1, type: 'hit', id: event === 'raised' ? id : randomUUIDv7(), epoch: 'first', seq: ++seq },
    ...{ lane: 'urgent', connection: '0123', site: 'e19', box, camera, at: isoAt(at) },
    hit: {
      ...{ id, readId, event, state: 'new', basis: 'read', priority, raisedAt: isoAt(3) },
      ...{ by: { via: 'agent', name: null }, cause: null, note: null, reminders: 0 },
      ...over,
    },
    ...(isWhole && { match: matchOf(about), read: readOf(about) }),
  };
}

export function centre(about: About): CentralHitMessage {
  const {
    id = randomUUIDv7(),
    readId = randomUUIDv7(),
    box = 'north',
    camera = 'gate',
    priority = 2,
  } = about;
  return {
    ...{ schema: 1, type: 'centralHit', id, site: 'e19', box, camera, at: isoAt(5) },
    origin: { role: 'generator', group: 'feblam', instance: 'one' },
    hit: { id, readId, event: 'raised', state: 'new', priority, raisedAt: isoAt(5) },
    ...{ match: matchOf(about), read: readOf(about) },
  };
}
