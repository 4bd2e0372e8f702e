// Raises hits and leads them through their life. It keeps what is needed to say the next thing about a hit; the truth is in
// the journal's records, and after a restart it is read from there.

import { randomUUIDv7 } from 'node:crypto';
import type { Address, HitActor, HitCommand, HitState, RejectionCause } from '../contract/index.ts';
import type { HitFilter, Journal, NewRecord, PictureItem } from '../journal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { SeenPlate, Watchlists } from '../watchlist/index.ts';
import { EVENT_OF, reminderDelayMs, stepOf } from './life-policy.ts';
import { groundsOf, keyOf, type Thresholds } from './raise-policy.ts';
import { foldHits, hitRecord, parsedHit, type Standing, standingOf, type Told } from './records.ts';
import { createSilence } from './silence.ts';
import type { Ground, HitListSettings, HitsStatus, PrioritySettings, Seen, ShownHit } from './types.ts';

export interface HitsOptions {
  lists: Pick<Watchlists, 'match'>;
  settings: readonly HitListSettings[];
  priorities: readonly PrioritySettings[];
  thresholds: Thresholds;
  journal: Pick<Journal, 'appendAll' | 'hits' | 'get'>;
  /** keeps records however long the journal takes none; default: the journal's own append */
  keep?: (records: NewRecord[]) => Promise<unknown>;
  address: Address;
  log: Logger;
  /** how often it is looked whether somebody has to be reminded */
  tickMs?: number;
}

export interface HitsDraft {
  /** to be kept in one commit with the read */
  records: NewRecord[];
  /** they are kept */
  kept(): void;
}

export interface Hits {
  /** The hits of a finished passage, and what becomes of its early ones. Never rejects: a read is kept without its hits. */
  ofRead(plate: SeenPlate, seen: Seen): Promise<HitsDraft>;
  /**
   * A passage that is still open, so far.
   * @param picture makes the pictures that its record carries; asked at most once, when there is a hit
   */
  early(plate: SeenPlate, seen: Seen, picture: (recordId: string) => Promise<PictureItem[]>): Promise<void>;
  /** A passage that gives no read after all: its early hits are withdrawn. */
  dropped(readId: string): Promise<void>;
  /** @throws {AnprError} `hit.unknown`, `hit.refused`, `journal.*` */
  decide(command: Pick<HitCommand, 'hit' | 'action' | 'cause' | 'note'>, by: HitActor): Promise<HitState>;
  /** newest first */
  list(filter: HitFilter): Promise<ShownHit[]>;
  /** undefined: there is no such hit */
  show(id: string): Promise<ShownHit | undefined>;
  status(): HitsStatus;
  close(): Promise<void>;
}

/** A hit that something may still be said of by itself. */
interface Live {
  hit: Standing;
  ground: Ground;
  read: Seen['read'];
  /** its passage has not ended */
  open: boolean;
  /** resolves once its first record is kept */
  raised: Promise<unknown>;
  /** performance.now() of the next reminder; Infinity: none */
  dueMs: number;
}

const DAY_MS = 86_400_000;
/** what is looked at after a restart: hits that still wait for somebody, silences, what people said */
const LOOK_BACK_MS = 30 * DAY_MS;
const LOOK_BACK_RECORDS = 20_000;
/** a hit from before a restart that is older than this is nobody's emergency any more */
const REMIND_MS = DAY_MS;
const TICK_MS = 1000;
/** records of hits that one question folds at most */
const MOST_RECORDS = 10_000;
const RECORDS_A_HIT = 8;

/** Starts with what the journal knows. @throws {AnprError} `journal.*` */
export async function openHits(options: HitsOptions): Promise<Hits> {
  const { lists, settings, journal, address, log } = options;
  const keep = options.keep ?? journal.appendAll;
  const silence = createSilence();
  const live = new Map<string, Live>();
  const judged: HitsStatus['judged'] = {};
  const counts = { raised: 0, withdrawn: 0, silenced: 0 };
  /** commands about hits, one after the other */
  let deciding: Promise<unknown> = Promise.resolve();

  const secondsOf = (priority: number) =>
    options.priorities.find((each) => each.priority === priority)?.acknowledgeSeconds ??
    DEFAULT_ACKNOWLEDGE_SECONDS;
  const silenceMsOf = (list: string) => 1000 * (settings.find(({ id }) => id === list)?.silenceSeconds ?? 0);

  await remember();
  const timer = setInterval(() => void remind(), options.tickMs ?? TICK_MS);
  timer.unref();

  async function remember(): Promise<void> {
    const now = Date.now();
    const records = await journal.hits({ from: now - LOOK_BACK_MS, limit: LOOK_BACK_RECORDS });
    for (const hit of foldHits(records).reverse()) {
      const { match, read } = hit;
      const said = hit.history.findLast(({ event }) => event === 'rejected' || event === 'confirmed');
      if (said) judge(hit.camera, said.event === 'confirmed' ? null : causeIn(said.note));
      if (!match || !read) continue;
      const ground: Ground = {
        ...{ match, list: match.list.id, priority: hit.priority },
        key: keyOf(match, read.plate.text),
      };
      if (hit.state !== 'withdrawn') silence.begin(ground.key, hit.raisedAt, silenceMsOf(ground.list));
      if (hit.state !== 'new' || now - hit.raisedAt > REMIND_MS) continue;
      const dueMs = reminderDelayMs(secondsOf(hit.priority), hit.reminders);
      live.set(hit.id, {
        ...{ hit: standingOf(hit), ground, read, open: false, raised: Promise.resolve() },
        dueMs: dueMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + dueMs,
      });
    }
  }

  function judge(camera: string, rejected: RejectionCause | null): void {
    judged[camera] ??= { confirmed: 0, rejected: {} };
    const of = judged[camera];
    if (rejected === null) of.confirmed++;
    else of.rejected[rejected] = (of.rejected[rejected] ?? 0) + 1;
  }

  function ask(plate: SeenPlate, { read, camera }: Seen): Ground[] {
    try {
      const { answers } = lists.match(plate, Date.parse(read.passage.lastSeen));
      return groundsOf(answers, settings, options.thresholds, plate.text, camera);
    } catch (error) {
      log.error({ code: codeOf(error) }, `the watchlists cannot be asked: ${messageOf(error)}`);
      return [];
    }
  }

  /** Raises what is new about a plate: not silent, and not raised by the same passage before. */
  function raise(grounds: readonly Ground[], seen: Seen, basis: Standing['basis']): Live[] {
    const at = Date.now();
    const before = new Set(ofPassage(seen.readId).map(({ ground }) => ground.key));
    return grounds.flatMap((ground) => {
      if (before.has(ground.key)) return [];
      if (silence.covers(ground.key, at)) {
        counts.silenced++;
        return [];
      }
      silence.begin(ground.key, at, silenceMsOf(ground.list));
      const { readId, camera } = seen;
      const hit: Standing = {
        ...{ id: randomUUIDv7(), readId, camera, state: 'new', basis },
        ...{ priority: ground.priority, raisedAt: at, reminders: 0 },
      };
      const dueMs = performance.now() + (reminderDelayMs(secondsOf(ground.priority), 0) ?? 0);
      const raised = {
        hit,
        ground,
        read: seen.read,
        open: basis === 'passage',
        raised: Promise.resolve(),
        dueMs,
      };
      live.set(hit.id, raised);
      counts.raised++;
      return [raised];
    });
  }

  const ofPassage = (readId: string) =>
    [...live.values()].filter(({ hit, open }) => open && hit.readId === readId);

  /** Nothing more is said of a hit by itself once its passage has ended and somebody knows of it. */
  function settle(each: Live): void {
    if (!each.open && each.hit.state !== 'new') live.delete(each.hit.id);
  }

  /** What the end of the passage makes of an early hit. */
  function ended(each: Live, ground: Ground | undefined, read: Seen['read'] | undefined): NewRecord {
    each.open = false;
    each.hit.basis = 'read';
    if (ground) each.ground = ground;
    if (read) each.read = read;
    if (!ground) {
      if (each.hit.state === 'new' || each.hit.state === 'acknowledged') each.hit.state = 'withdrawn';
      silence.end(each.ground.key);
      counts.withdrawn++;
    }
    const told: Told = ground && read ? { event: 'upheld', ground, read } : { event: 'withdrawn' };
    return hitRecord(address, each.hit, told);
  }

  function logRaised({ hit, ground }: Live): void {
    // never the plate, nor what the entry says of it
    log.warn(
      { hit: hit.id, read: hit.readId, list: ground.list, priority: hit.priority, basis: hit.basis },
      'hit',
    );
  }

  async function ofRead(plate: SeenPlate, seen: Seen): Promise<HitsDraft> {
    const early = ofPassage(seen.readId);
    await Promise.allSettled(early.map(({ raised }) => raised));
    const grounds = ask(plate, seen);
    const fresh = raise(grounds, seen, 'read');
    const ends = early.map((each) =>
      ended(
        each,
        grounds.find(({ key }) => key === each.ground.key),
        seen.read,
      ),
    );
    const raisedNow = fresh.map(({ hit, ground, read }) =>
      hitRecord(address, hit, { event: 'raised', ground, read, at: hit.raisedAt }),
    );
    return {
      records: [...ends, ...raisedNow],
      kept() {
        for (const each of fresh) logRaised(each);
        for (const each of early) settle(each);
      },
    };
  }

  async function early(
    plate: SeenPlate,
    seen: Seen,
    picture: (recordId: string) => Promise<PictureItem[]>,
  ): Promise<void> {
    const fresh = raise(ask(plate, seen), seen, 'passage');
    const first = fresh[0];
    if (!first) return;
    const done = (async () => {
      // One set of pictures does for all lists that the plate is on.
      const pictures = await picture(first.hit.id).catch(() => []);
      const evidence = pictures.map(({ at, ...item }) => ({ ...item, mediaType: 'image/jpeg' as const }));
      const records = fresh.map(({ hit, ground }, index) =>
        hitRecord(address, hit, {
          ...{ event: 'raised', ground, at: hit.raisedAt },
          read: { ...seen.read, evidence: index === 0 ? evidence : [] },
          ...(index === 0 && { pictures }),
        }),
      );
      await keep(records);
    })();
    for (const each of fresh) each.raised = done;
    await done;
    for (const each of fresh) logRaised(each);
  }

  async function dropped(readId: string): Promise<void> {
    const all = ofPassage(readId);
    if (all.length === 0) return;
    await Promise.allSettled(all.map(({ raised }) => raised));
    await keep(all.map((each) => ended(each, undefined, undefined)));
    for (const each of all) settle(each);
  }

  async function remind(): Promise<void> {
    const now = performance.now();
    for (const each of live.values()) {
      if (each.dueMs > now || each.hit.state !== 'new') continue;
      each.hit.reminders++;
      const { ground, read, hit } = each;
      const next = reminderDelayMs(secondsOf(hit.priority), hit.reminders);
      each.dueMs = next === undefined ? Number.POSITIVE_INFINITY : now + next;
      try {
        await journal.appendAll([hitRecord(address, hit, { event: 'reminded', ground, read })]);
        log.warn(
          { hit: hit.id, priority: hit.priority, reminders: hit.reminders },
          'nobody acknowledges a hit',
        );
      } catch (error) {
        log.error({ hit: hit.id, code: codeOf(error) }, `a hit cannot be sent again: ${messageOf(error)}`);
      }
    }
  }

  async function recordsOf(id: string): Promise<ShownHit | undefined> {
    const first = await journal.get(id).catch(() => undefined);
    const parsed = first && parsedHit(first);
    if (!first || !parsed || parsed.hit.id !== id) return undefined;
    const all = await journal.hits({ readId: parsed.hit.readId, limit: MOST_RECORDS });
    return foldHits(all).find((hit) => hit.id === id);
  }

  async function decideNow(
    { hit: id, action, cause, note }: Pick<HitCommand, 'hit' | 'action' | 'cause' | 'note'>,
    by: HitActor,
  ): Promise<HitState> {
    await live.get(id)?.raised.catch(() => {});
    const shown = await recordsOf(id);
    if (!shown)
      throw new AnprError(
        'hit.unknown',
        `wanted a hit of this box, found none with id ${id}`,
        'See: anpr hits',
      );
    const step = stepOf(shown.state, action);
    if ('stay' in step) return step.stay;
    if ('refused' in step) throw new AnprError('hit.refused', step.refused, `See: anpr hits show ${id}`);
    const why = action === 'reject' ? (cause ?? 'other') : null;
    const standing: Standing = { ...standingOf(shown), state: step.to };
    await journal.appendAll([
      hitRecord(address, standing, { event: EVENT_OF[action], by, cause: why, note: note ?? null }),
    ]);
    if (action === 'confirm') judge(shown.camera, null);
    else if (why) judge(shown.camera, why);
    const each = live.get(id);
    if (each) {
      each.hit.state = step.to;
      settle(each);
    }
    return step.to;
  }

  return {
    ofRead: (plate, seen) =>
      ofRead(plate, seen).catch((error) => {
        log.error({ read: seen.readId, code: codeOf(error) }, `no hits of a read: ${messageOf(error)}`);
        return { records: [], kept() {} };
      }),
    early,
    dropped,
    decide(command, by) {
      const decided = deciding.then(() => decideNow(command, by));
      deciding = decided.catch(() => {});
      return decided;
    },
    async list({ limit = 50, ...filter }) {
      const records = await journal.hits({
        ...filter,
        limit: Math.min(MOST_RECORDS, limit * RECORDS_A_HIT),
      });
      return foldHits(records).slice(0, limit);
    },
    show: recordsOf,
    status: () => ({
      waiting: [...live.values()].filter(({ hit }) => hit.state === 'new').length,
      ...counts,
      judged: structuredClone(judged),
    }),
    async close() {
      clearInterval(timer);
      await Promise.allSettled([deciding, ...[...live.values()].map(({ raised }) => raised)]);
    },
  };
}

const DEFAULT_ACKNOWLEDGE_SECONDS = 300;

function causeIn(note: string | null): RejectionCause {
  const cause = note?.split(':')[0];
  return cause === 'wrong-plate' || cause === 'wrong-country' || cause === 'entry-outdated' ? cause : 'other';
}
