// A read and the records of a hit, whole messages, for what takes them in.

import { randomUUIDv7 } from 'node:crypto';
import type { CentralHitMessage, HitMessage, ReadMessage } from '../../agent/contract/index.ts';
import { readPayload } from '../uplink/read-payload.ts';

const place = (seq: number) => ({ epoch: 'e1', seq, lane: 'live' as const });

export function readWith(
  plate: Partial<ReadMessage['plate']> = {},
  rest: Partial<ReadMessage> = {},
): ReadMessage {
  const read = readPayload();
  const overview = { ...read.evidence[0]!, kind: 'overview' as const, sha256: 'd'.repeat(64) };
  return {
    ...{ ...read, ...place(1) },
    evidence: [...read.evidence, overview],
    ...rest,
    plate: { ...read.plate, ...plate },
  };
}

/** A hit of a listed plate, as it is raised; `then` gives its later records, which do not repeat what the first one said. */
export function hitOf(read: ReadMessage) {
  const { site, box, camera, capturedAt, clock, position, headingDegrees } = read;
  const { plate, passage, picture, evidence, software } = read;
  const id = randomUUIDv7();
  const raised: HitMessage = {
    ...{ schema: 1, type: 'hit', id, ...place(2), lane: 'urgent', site, box, camera },
    at: '2026-11-22T13:07:56.400Z',
    hit: {
      ...{ id, readId: read.id, event: 'raised', state: 'new', basis: 'read', priority: 2 },
      ...{ raisedAt: '2026-11-22T13:07:56.400Z', by: { via: 'agent', name: null } },
      ...{ cause: null, note: null, reminders: 0 },
    },
    match: {
      list: { id: 'stolen', version: 7, kind: 'alert-if-listed', overdue: false },
      entry: { plate: plate.text, country: 'B', reference: 'case-7' },
      ...{ source: 'police', reason: 'stolen', instruction: 'stop & call', probability: 0.98 },
      ...{ policy: 'probability', threshold: 0.9 },
      why: { text: 0.97, country: 0.9, weight: 10, differences: null },
    },
    read: {
      ...{ capturedAt, clock, position, headingDegrees, plate, passage, picture, evidence, software },
    },
  };
  const then = (hit: Partial<HitMessage['hit']>, seq = 3): HitMessage => {
    const { match: _match, read: _read, ...bare } = raised;
    return {
      ...{ ...bare, ...place(seq), id: randomUUIDv7(), at: '2026-11-22T13:08:10.000Z' },
      hit: { ...raised.hit, ...hit },
    };
  };
  return { raised, then };
}

/** The same hit, found by the centre. */
export function ofCentre({ hit, match, read, ...raised }: HitMessage): CentralHitMessage {
  if (!match || !read) throw new Error('wanted the record that raised it');
  const { site, box, camera, at } = raised;
  const { readId, priority, raisedAt } = hit;
  const id = randomUUIDv7();
  return {
    ...{ schema: 1, type: 'centralHit', id, site, box, camera, at, match, read },
    origin: { role: 'generator', group: 'national', instance: 'g1' },
    hit: { id, readId, priority, raisedAt, event: 'raised', state: 'new' },
  };
}
