// What an adapter is given: a read, a record of a box's hit or a hit of the centre, seen as one thing. Each platform's adapter
// beside this file says in its own words what an observation tells. All of them are pure.

import type {
  CentralHitMessage,
  HitActor,
  HitMatch,
  HitMessage,
  HitRead,
  ReadMessage,
} from '../../../agent/contract/index.ts';

export type PictureKind = ReadMessage['evidence'][number]['kind'];

/** Where a hit was raised: on the box, or out of its read by a generator of the centre. */
export type Origin = 'edge' | 'centre';

export interface ObservedHit extends Omit<HitMessage['hit'], 'readId' | 'by'> {
  origin: Origin;
  by: { via: HitActor['via'] | 'generator'; name: string | null };
  at: string;
  match: HitMatch | undefined;
}

export interface Observation {
  site: string;
  box: string;
  camera: string;
  /** of the record, not of the read */
  id: string;
  /** undefined, as its neighbours: a hit of the centre is no record of the box */
  epoch: string | undefined;
  seq: number | undefined;
  lane: ReadMessage['lane'] | undefined;
  /** a hit may come before its read */
  readId: string;
  /** undefined: a later record of a hit, which names its read and says no more of it */
  read: HitRead | undefined;
  hit: ObservedHit | undefined;
}

export interface AdapterOptions {
  /** where the platform keeps pictures: `{site}`, `{box}`, `{readId}`, `{kind}` and `{sha256}` are filled in */
  pictureUrl?: string | undefined;
  /** kinds of pictures that go along with the message */
  attached?: readonly PictureKind[];
}

export function observationOf(message: ReadMessage | HitMessage | CentralHitMessage): Observation {
  const { site, box, camera, id } = message;
  if (message.type === 'centralHit')
    return { ...{ site, box, camera, id }, ...NO_RECORD, ...central(message) };
  const { epoch, seq, lane } = message;
  const record = { site, box, camera, id, epoch, seq, lane };
  if (message.type === 'read') return { ...record, readId: id, read: message, hit: undefined };
  const { hit, at, match, read } = message;
  return { ...record, readId: hit.readId, read, hit: { ...hit, origin: 'edge', at, match } };
}

const NO_RECORD = { epoch: undefined, seq: undefined, lane: undefined };

/** It is raised when the read has come, by no person, and says everything at once. */
function central({ hit, at, match, read }: CentralHitMessage): Pick<Observation, 'readId' | 'read' | 'hit'> {
  const raised = { basis: 'read', cause: null, note: null, reminders: 0 } as const;
  const by = { via: 'generator', name: null } as const;
  return { readId: hit.readId, read, hit: { ...hit, ...raised, origin: 'centre', by, at, match } };
}

/** The address of a picture at the platform; undefined: it was not said where it keeps them. */
export function pictureUrlOf(
  { site, box, readId }: Observation,
  { kind, sha256 }: HitRead['evidence'][number],
  { pictureUrl }: AdapterOptions,
): string | undefined {
  const values: Record<string, string> = { site, box, readId, kind, sha256 };
  return pictureUrl?.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Records of a hit that came after its first one do not say of which vehicle: what the first one said is put in. */
export interface HitMemory {
  complete(message: HitMessage): HitMessage;
}

/** @param most hits that are remembered; the one that was not spoken of for longest is forgotten first */
export function createHitMemory(most = 10_000): HitMemory {
  const known = new Map<string, Pick<HitMessage, 'match' | 'read'>>();
  return {
    complete(message) {
      const { id } = message.hit;
      const before = known.get(id);
      const match = message.match ?? before?.match;
      const read = message.read ?? before?.read;
      known.delete(id);
      known.set(id, { ...(match && { match }), ...(read && { read }) });
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return { ...message, ...(match && { match }), ...(read && { read }) };
    },
  };
}
