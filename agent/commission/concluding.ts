// A recording is over: waits for what is still on its way, fetches the reads and draws what the technician is asked.

import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, MAX_READS } from '../api/index.ts';
import { boxInPatch } from '../evidence/index.ts';
import type { JournalRecord } from '../journal/index.ts';
import type { Quad } from '../shared/geometry.ts';
import { momentsOf } from './moments-policy.ts';
import { drawn } from './review-policy.ts';
import type { RecordedRead, Session, SessionState } from './session.ts';

/** a passage that is open when the recording ends is over, written and sent in less, on a box that keeps up */
const SETTLE_MS = 6000;
/** one that does not (a camera process starts, a disk is slow) gets so long to write what it has told */
const MOST_SETTLE_MS = 90_000;
const LOOK_EVERY_MS = 1000;
const MOST_MOMENTS_ASKED = 40;

export interface Concluding {
  session: Session;
  api: Pick<ApiClient, 'reads' | 'witness'>;
  /** reads that are shown at most */
  sample: number;
  /** whether motion without reads is asked for */
  askMoments: boolean;
  settleMs?: number;
  mostSettleMs?: number;
  lookEveryMs?: number;
}

/**
 * @returns how many passages were told as read and are not in the journal after all: a report lacks them
 * @throws {AnprError} `api.*`, `commission.unwritable`
 */
export async function conclude(options: Concluding): Promise<number> {
  const { session, sample, askMoments } = options;
  const { state } = session;
  state.reads = await settled(options);
  state.sample = drawn(
    state.reads.map(({ id }) => id),
    sample,
    state.id,
  );
  const { moments, found } = momentsOf(state);
  state.momentsFound = found;
  state.moments = askMoments ? drawn(moments, MOST_MOMENTS_ASKED, state.id) : [];
  state.phase = 'review';
  session.save();
  const shown = new Set(state.moments.flatMap(({ pictures }) => pictures));
  for (const at of state.pictures) if (!shown.has(at)) session.forgetPicture(`${at}.jpg`);
  return unwritten(state, state.reads);
}

/**
 * Listens on for a few seconds: passages that were open give their reads, and the broker acknowledges them. Longer while a
 * passage that was told as read is not in the journal yet: its pictures are made before it gets there.
 * @returns the reads, oldest first
 */
async function settled({
  session,
  api,
  settleMs = SETTLE_MS,
  mostSettleMs = MOST_SETTLE_MS,
  lookEveryMs = LOOK_EVERY_MS,
}: Concluding): Promise<RecordedRead[]> {
  const { state } = session;
  const over = new AbortController();
  const listening = listen(session, api, over.signal);
  // what it fails with is told below
  listening.catch(() => over.abort());
  const begun = performance.now();
  let reads: RecordedRead[] = [];
  for (let waitMs = settleMs; ; waitMs = lookEveryMs) {
    await sleep(waitMs, undefined, { signal: over.signal }).catch(() => {});
    if (over.signal.aborted) break;
    reads = await readsOf(state, api);
    if (unwritten(state, reads) === 0 || performance.now() - begun > mostSettleMs) break;
  }
  over.abort();
  await listening;
  // what was acknowledged meanwhile counts
  for (const read of reads) read.sentAt = state.sent[read.id] ?? read.sentAt;
  return reads;
}

async function listen({ state }: Session, api: Concluding['api'], signal: AbortSignal): Promise<void> {
  try {
    for await (const line of await api.witness(state.camera, signal))
      if (line.type === 'sent') state.sent[line.id] ??= line.at;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function readsOf(state: SessionState, api: Concluding['api']): Promise<RecordedRead[]> {
  const reads = new Map<string, RecordedRead>();
  for (const { from, to } of state.segments)
    for (const record of await api.reads({ camera: state.camera, from, to, limit: MAX_READS })) {
      const read = recordedRead(record, state.sent);
      if (read) reads.set(read.id, read);
    }
  return [...reads.values()].sort((a, b) => a.capturedAt - b.capturedAt);
}

/** How many passages that were told as read, and lie within the recording, are not among the reads. */
function unwritten({ passages, segments }: SessionState, reads: readonly RecordedRead[]): number {
  const key = (first: number, last: number) => `${first} ${last}`;
  const written = new Set(reads.map(({ firstSeen, lastSeen }) => key(firstSeen, lastSeen)));
  const missing = passages.filter(
    ({ outcome, from, to }) =>
      outcome === 'read' &&
      !written.has(key(from, to)) &&
      segments.some((segment) => from >= segment.from && to <= segment.to),
  );
  return missing.length;
}

interface ReadParts {
  clock?: { synchronised: boolean | null; offsetMs: number | null };
  passage?: { firstSeen: string; lastSeen: string };
  picture?: { widthPx: number; corners?: Quad };
}

/** Undefined for a record that is no read as this version knows it. */
function recordedRead(record: JournalRecord, sent: Record<string, number>): RecordedRead | undefined {
  const { clock, passage, picture } = record.payload as ReadParts;
  if (record.text === undefined || !passage || !picture) return undefined;
  // A record that is still only "sent" has the time itself; a receipt came later than the acknowledgement.
  const sentAt = sent[record.id] ?? (record.delivery === 'sent' ? record.deliveryAt : null);
  return {
    id: record.id,
    text: record.text,
    confidence: record.confidence ?? 0,
    widthPx: picture.widthPx,
    patch: picture.corners ? boxInPatch(picture.corners) : null,
    capturedAt: record.at,
    firstSeen: Date.parse(passage.firstSeen),
    lastSeen: Date.parse(passage.lastSeen),
    sentAt,
    clock: clock ?? { synchronised: null, offsetMs: null },
  };
}
