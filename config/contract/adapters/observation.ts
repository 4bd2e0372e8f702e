// What an adapter is given: a read or a record of a hit, seen as one thing. Each platform's adapter beside this file says in
// its own words what an observation tells. All of them are pure.

import type { HitMessage, HitRead, ReadMessage } from '../../../agent/contract/index.ts';

export type PictureKind = ReadMessage['evidence'][number]['kind'];

export interface Observation {
  site: string;
  box: string;
  camera: string;
  /** of the record, not of the read */
  id: string;
  epoch: string;
  seq: number;
  lane: ReadMessage['lane'];
  /** a hit may come before its read */
  readId: string;
  /** undefined: a later record of a hit, which names its read and says no more of it */
  read: HitRead | undefined;
  hit: (HitMessage['hit'] & { at: string; match: HitMessage['match'] }) | undefined;
}

export interface AdapterOptions {
  /** where the platform keeps pictures: `{site}`, `{box}`, `{readId}`, `{kind}` and `{sha256}` are filled in */
  pictureUrl?: string | undefined;
  /** kinds of pictures that go along with the message */
  attached?: readonly PictureKind[];
}

export function observationOf(message: ReadMessage | HitMessage): Observation {
  const { site, box, camera, id, epoch, seq, lane } = message;
  const record = { site, box, camera, id, epoch, seq, lane };
  if (message.type === 'read') return { ...record, readId: id, read: message, hit: undefined };
  const { hit, at, match, read } = message;
  return { ...record, readId: hit.readId, read, hit: { ...hit, at, match } };
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
