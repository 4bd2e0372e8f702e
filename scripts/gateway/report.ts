// A report: what one side, a box or the centre, says of a hit. It is made of that side's messages, in whatever order they came.
// Pure.

import type {
  Address,
  CentralHitMessage,
  HitMatch,
  HitMessage,
  HitRead,
  HitState,
} from '../../agent/contract/index.ts';

export type Origin = 'edge' | 'centre';
export type SideMessage = HitMessage | CentralHitMessage;

/** A message as the store keeps it. */
export interface Kept {
  message: SideMessage;
  /** UTC epoch milliseconds, this machine's clock */
  receivedAt: number;
}

export interface ReportStep {
  /** UTC epoch milliseconds as the box says, but never after it was here: its clock may be ahead */
  at: number;
  event: string;
  /** null: the agent or the generator itself */
  by: string | null;
  via: string;
  note: string | null;
}

export interface AnnouncedPicture {
  kind: 'plate' | 'overview';
  sha256: string;
  /** id that its topic ends with */
  about: string;
}

export interface Report extends Address {
  /** the side's own id of the hit */
  id: string;
  origin: Origin;
  /** site/box, or which generator */
  from: string;
  camera: string;
  readId: string;
  state: HitState;
  /** raised while the plate was still in sight, and nothing said yet of the passage's end */
  early: boolean;
  priority: number;
  raisedAt: number;
  receivedAt: number;
  /** so much later than now its newest message says that it is; 0: it does not */
  aheadMs: number;
  reminders: number;
  /** null: only what became of it has come, what raised it has not */
  match: HitMatch | null;
  read: HitRead | null;
  pictures: AnnouncedPicture[];
  steps: ReportStep[];
}

/** A box's order is its sequence; where it began another one, its clock. */
const inOrder = (a: Kept, b: Kept) =>
  a.message.type === 'hit' && b.message.type === 'hit' && a.message.epoch === b.message.epoch
    ? a.message.seq - b.message.seq
    : Date.parse(a.message.at) - Date.parse(b.message.at);

/** @param kept of one id, at least one */
export function reportOf(kept: readonly Kept[]): Report {
  const ordered = kept.toSorted(inOrder);
  const last = ordered.at(-1)!;
  const { site, box, camera, hit } = last.message;
  const told = ordered.map(({ message, receivedAt }): ReportStep => {
    const at = Math.min(Date.parse(message.at), receivedAt);
    if (message.type === 'centralHit') return { at, event: 'raised', by: null, via: 'generator', note: null };
    const { event, by, cause, note } = message.hit;
    return { at, event, by: by.name, via: by.via, note: [cause, note].filter(Boolean).join(': ') || null };
  });
  const whole = ordered.findLast(({ message }) => message.match && message.read)?.message;
  return {
    ...{ site, box, camera, id: hit.id, readId: hit.readId },
    origin: last.message.type === 'hit' ? 'edge' : 'centre',
    from: fromOf(last.message),
    state: hit.state,
    early: last.message.type === 'hit' && last.message.hit.basis === 'passage',
    priority: hit.priority,
    raisedAt: Date.parse(hit.raisedAt),
    receivedAt: Math.min(...kept.map(({ receivedAt }) => receivedAt)),
    aheadMs: Math.max(0, Date.parse(last.message.at) - last.receivedAt),
    reminders: Math.max(0, ...ordered.map(({ message }) => remindersOf(message))),
    match: whole?.match ?? null,
    read: whole?.read ?? null,
    pictures: picturesOf(ordered),
    steps: told,
  };
}

const remindersOf = (message: SideMessage) => (message.type === 'hit' ? message.hit.reminders : 0);

function fromOf(message: SideMessage): string {
  if (message.type === 'hit') return `${message.site}/${message.box}`;
  return `${message.origin.group}/${message.origin.instance}`;
}

/** The newest first: what the read says when its passage has ended comes before what an early hit carried. */
function picturesOf(ordered: readonly Kept[]): AnnouncedPicture[] {
  const found = new Map<string, AnnouncedPicture>();
  for (const { message } of ordered.toReversed()) {
    const isEarly =
      message.type === 'hit' && message.hit.event === 'raised' && message.hit.basis === 'passage';
    const about = isEarly ? message.id : message.hit.readId;
    for (const { kind, sha256 } of message.read?.evidence ?? [])
      if (!found.has(sha256)) found.set(sha256, { kind, sha256, about });
  }
  return [...found.values()];
}
