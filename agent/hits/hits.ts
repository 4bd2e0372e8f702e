// Raises hits and leads them through their life. It keeps what is needed to say the next thing about a hit; the truth is in
// the journal's records, and after a restart it is read from there.

import { randomUUIDv7 } from 'node:crypto';
import type { Address } from '../contract/index.ts';
import type { Journal, NewRecord, PictureItem } from '../journal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { SeenPlate, Watchlists } from '../watchlist/index.ts';
import { createDecisions, type Decisions } from './decisions.ts';
import { createFeedback } from './feedback.ts';
import { type KeptHits, keptHits } from './kept-hits.ts';
import { createLiveHits, FORGET_MS, type LiveHit } from './live-hits.ts';
import { groundsOf, keyOf, type Thresholds } from './raise-policy.ts';
import { foldHits, hitRecord, type Standing, standingOf, type Told } from './records.ts';
import { startReminders } from './reminders.ts';
import { createSilence } from './silence.ts';
import type { Ground, HitListSettings, HitsStatus, PrioritySettings, Seen } from './types.ts';

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

export interface Hits extends KeptHits {
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
  decide: Decisions['decide'];
  status(): HitsStatus;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** what is looked at after a restart: hits that still wait for somebody, silences, what people said */
const LOOK_BACK_MS = 30 * DAY_MS;
const LOOK_BACK_RECORDS = 20_000;

/** Starts with what the journal knows. @throws {AnprError} `journal.*` */
export async function openHits(options: HitsOptions): Promise<Hits> {
  const { lists, settings, journal, address, log } = options;
  const keep = options.keep ?? journal.appendAll;
  const silence = createSilence();
  const live = createLiveHits();
  const feedback = createFeedback();
  const kept = keptHits(journal);
  const counts = { raised: 0, withdrawn: 0, silenced: 0 };
  const reminders = startReminders({ ...options, live });
  const decisions = createDecisions({ kept, live, feedback, journal, address });
  const silenceMsOf = (list: string) => 1000 * (settings.find(({ id }) => id === list)?.silenceSeconds ?? 0);

  await remember().catch((error: unknown) => {
    reminders.close();
    throw error;
  });

  async function remember(): Promise<void> {
    const now = Date.now();
    const records = await journal.hits({ from: now - LOOK_BACK_MS, limit: LOOK_BACK_RECORDS });
    for (const hit of foldHits(records).reverse()) {
      const { match, read } = hit;
      feedback.remember(hit);
      if (!match || !read) continue;
      const ground: Ground = {
        ...{ match, list: match.list.id, priority: hit.priority },
        key: keyOf(match, read.plate.text),
      };
      if (hit.state !== 'withdrawn') silence.begin(ground.key, hit.raisedAt, silenceMsOf(ground.list));
      if (hit.state !== 'new' || now - hit.raisedAt > FORGET_MS) continue;
      live.add({
        ...{ hit: standingOf(hit), ground, read, open: false, raised: Promise.resolve() },
        dueMs: reminders.dueMs(hit.priority, hit.reminders),
      });
    }
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
  function raise(grounds: readonly Ground[], seen: Seen, basis: Standing['basis']): LiveHit[] {
    const at = Date.now();
    const before = new Set(live.ofPassage(seen.readId).map(({ ground }) => ground.key));
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
      const dueMs = reminders.dueMs(ground.priority, 0);
      const raised = {
        hit,
        ground,
        read: seen.read,
        open: basis === 'passage',
        raised: Promise.resolve(),
        dueMs,
      };
      live.add(raised);
      counts.raised++;
      return [raised];
    });
  }

  /** What the end of the passage makes of an early hit. */
  function ended(each: LiveHit, ground: Ground | undefined, read: Seen['read'] | undefined): NewRecord {
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

  function logRaised({ hit, ground }: LiveHit): void {
    // never the plate, nor what the entry says of it
    log.warn(
      { hit: hit.id, read: hit.readId, list: ground.list, priority: hit.priority, basis: hit.basis },
      'hit',
    );
  }

  async function ofRead(plate: SeenPlate, seen: Seen): Promise<HitsDraft> {
    const early = live.ofPassage(seen.readId);
    await live.raised(early);
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
        for (const each of early) live.settle(each);
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
    const all = live.ofPassage(readId);
    if (all.length === 0) return;
    await live.raised(all);
    await keep(all.map((each) => ended(each, undefined, undefined)));
    for (const each of all) live.settle(each);
  }

  return {
    ofRead: (plate, seen) =>
      ofRead(plate, seen).catch((error) => {
        log.error({ read: seen.readId, code: codeOf(error) }, `no hits of a read: ${messageOf(error)}`);
        return { records: [], kept() {} };
      }),
    early,
    dropped,
    decide: decisions.decide,
    list: kept.list,
    show: kept.show,
    status: () => ({
      waiting: live.waiting(),
      ...counts,
      judged: feedback.counts(),
    }),
    async close() {
      reminders.close();
      await Promise.allSettled([decisions.settled(), live.raised()]);
    },
  };
}
