// Brings the parts of a version over one connection: it subscribes to a few at a time, and the broker hands out what it keeps.
// What does not come is asked for from the publisher, ever more slowly. What has come stays (incoming.ts), so the next
// connection goes on where this one ended.

import { createHash } from 'node:crypto';
import {
  type Address,
  CONTRACT_VERSION,
  MAX_WANTED,
  partTopicOf,
  type Range,
  topicOf,
  type WantMessage,
} from '../contract/index.ts';
import type { OpenRing } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import type { Link, Received } from '../uplink/index.ts';
import { missingParts, type PartsPlace, putPart } from './incoming.ts';

export interface FetchTimes {
  /** nothing came for so long: the publisher is asked */
  partMs: number;
  /** at most so long between two requests */
  mostMs: number;
}

export const FETCH_TIMES: FetchTimes = { partMs: 15_000, mostMs: 600_000 };

export interface FetchOptions {
  link: Link;
  place: PartsPlace;
  address: Address;
  ring: OpenRing;
  times: FetchTimes;
  /** ends it, beside the end of the connection */
  signal: AbortSignal;
  /** a part has come, and is kept */
  onPart(missing: number): void;
  /** why nothing comes just now */
  onTrouble(error: AnprError): void;
}

/** Parts under way at a time: enough for the round trip, little enough for a slow link. */
const WINDOW = 2;
/** Parts asked for at a time, when the publisher sends them. */
const WANTED_WINDOW = 32;
/** So often nothing came before that is called trouble. */
const PATIENCE = 2;

/**
 * Resolves with true once every part is here, with false when the connection ended first.
 * @throws {AnprError} `watchlist.no-room`, `watchlist.unwritable`
 */
export async function fetchParts(options: FetchOptions): Promise<boolean> {
  const { link, place, times, signal } = options;
  const end = AbortSignal.any([link.ended, signal]);
  let [fruitless, waitMs] = [0, times.partMs];
  for (;;) {
    const missing = missingParts(place);
    if (missing.length === 0) return true;
    if (end.aborted) return false;
    const asking = fruitless > 0;
    const some = missing.slice(0, asking ? WANTED_WINDOW : WINDOW);
    const got = await round(some, asking, waitMs, end, options);
    if (got > 0) {
      // Who sends on request goes on doing so; the broker may have the others all the same.
      [fruitless, waitMs] = [asking && got < some.length ? 1 : 0, times.partMs];
      continue;
    }
    fruitless += 1;
    waitMs = Math.min(times.mostMs, asking ? waitMs * 2 : waitMs);
    if (fruitless > PATIENCE && !end.aborted)
      options.onTrouble(
        new AnprError(
          'watchlist.parts-missing',
          `${missing.length} of ${place.content.parts.length} parts of version ${place.version} do not come, though they were asked for`,
          'See whether the publisher runs, and whether the broker lets this box read the parts.',
        ),
      );
  }
}

/** Resolves with how many of these parts came. */
async function round(
  parts: readonly number[],
  asking: boolean,
  waitMs: number,
  end: AbortSignal,
  { link, place, address, ring, onPart, onTrouble }: FetchOptions,
): Promise<number> {
  const { list, version, content } = place;
  const base = content.base?.version ?? null;
  const byTopic = new Map(parts.map((part) => [partTopicOf(list, version, base, part), part]));
  const over = Promise.withResolvers<void>();
  const wanted = new Set(parts);
  let failure: unknown;
  let timer: NodeJS.Timeout | undefined;
  /** Each arrival is a reason to wait for the next. */
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(over.resolve, waitMs);
  };

  const hear = ({ topic, payload }: Received) => {
    const part = byTopic.get(topic);
    const told = part === undefined ? undefined : content.parts[part - 1];
    // An empty one is what a broker says of a part that was taken back.
    if (part === undefined || !told || !wanted.has(part) || payload.byteLength === 0) return;
    const right =
      payload.byteLength === told.sizeBytes &&
      createHash('sha256').update(payload).digest('hex') === told.sha256;
    if (!right) {
      onTrouble(
        new AnprError(
          'watchlist.part',
          `part ${part} of version ${version} is not what the manifest says (size or SHA-256): it is asked for again`,
          'Have the list published again.',
        ),
      );
      return;
    }
    try {
      putPart(place, part, payload, ring);
    } catch (error) {
      failure = error;
      over.resolve();
      return;
    }
    wanted.delete(part);
    onPart(wanted.size);
    if (wanted.size === 0) over.resolve();
    else wait();
  };

  const onEnd = () => over.resolve();
  end.addEventListener('abort', onEnd, { once: true });
  const topics = [...byTopic.keys()];
  try {
    wait();
    const refusal = await link.subscribe(topics, hear);
    if (refusal !== undefined && !end.aborted)
      onTrouble(
        new AnprError('watchlist.denied', `the broker does not let this box subscribe to parts: ${refusal}`),
      );
    if (asking && !end.aborted && wanted.size > 0)
      await link.publish(wantOf(address, place, rangesOf([...wanted])));
    await over.promise;
  } finally {
    clearTimeout(timer);
    end.removeEventListener('abort', onEnd);
    if (!link.ended.aborted) await link.unsubscribe(topics);
  }
  if (failure !== undefined)
    throw failure instanceof AnprError
      ? failure
      : new AnprError('watchlist.unwritable', messageOf(failure), undefined, { cause: failure });
  return parts.length - wanted.size;
}

/** @param parts none: the content itself is not offered, and is needed */
export function wantOf(address: Address, { list, version, content }: WantPlace, parts: Range[]) {
  const want: WantMessage = {
    schema: CONTRACT_VERSION,
    type: 'want',
    ...address,
    at: new Date().toISOString(),
    list,
    version,
    base: content.base?.version ?? null,
    parts,
  };
  return { topic: topicOf(address, 'want'), payload: Buffer.from(JSON.stringify(want)), retain: false };
}

type WantPlace = Pick<PartsPlace, 'list' | 'version'> & { content: Pick<PartsPlace['content'], 'base'> };

/** Numbers in order as ranges, as many as fit. Pure. */
export function rangesOf(numbers: readonly number[]): Range[] {
  const ranges: Range[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else if (ranges.length < MAX_WANTED) ranges.push([number, number]);
  }
  return ranges;
}
