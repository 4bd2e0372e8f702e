// Hits live in a browser: on loopback, for browsers that were let in with a one-time address, as `anpr preview` does it.

import { z } from 'zod';
import { hitActions, rejectionCauses } from '../../agent/contract/index.ts';
import { createLive, openDoor, PING_EVERY_MS, pageFiles, type Viewer } from '../../agent/page/index.ts';
import { codeOf, messageOf } from '../../agent/shared/errors.ts';
import type { Language } from '../../agent/shared/languages.ts';
import type { Gateway } from './gateway.ts';
import type { Store } from './store.ts';
import type { HitView } from './view.ts';

export const USUAL_PORT = 8471;
/** the page shows no more; the others are in the database */
const SHOWN_HITS = 100;
/** a burst is told in one message */
const GATHER_MS = 100;
/** more than so many at once: the list as a whole is shorter */
const SINGLY = 20;
const MOST_MESSAGE_BYTES = 4096;

/** What somebody decides on the page; `ask` comes back with the answer. */
const verdict = z.object({
  type: z.literal('decide'),
  ask: z.int(),
  hit: z.string(),
  action: z.enum(hitActions),
  by: z.string().trim().min(1, 'Say who you are first').max(200),
  cause: z.enum(rejectionCauses).optional(),
  note: z.string().max(1000).optional(),
});

const TEXTS = new URL('./texts/', import.meta.url);

export interface HitsPage {
  port: number;
  address(): string;
  changed(hit: HitView): void;
  /** these are forgotten */
  removed(hits: readonly string[]): void;
  /** the connection to the broker has come or gone */
  refresh(): void;
  close(): Promise<void>;
}

export interface PageOptions {
  gateway: Gateway;
  store: Pick<Store, 'list' | 'counts' | 'picture' | 'refused'>;
  port: number | undefined;
  /** of the page; undefined: the browser's */
  language?: Language | undefined;
  /** who decides, until the page says otherwise */
  who: string;
  /** which boxes, for the page's head */
  place: string;
}

/** @throws {AnprError} `usage.port-taken`, `usage.port` */
export async function startPage({
  gateway,
  store,
  port,
  language,
  who,
  place,
}: PageOptions): Promise<HitsPage> {
  const dirty = new Map<string, HitView>();
  let gathering: NodeJS.Timeout | undefined;

  const shown = (hit: HitView) => ({
    ...hit,
    online: gateway.isOnline(hit) ?? null,
    pictureState: gateway.pictureState(hit.id),
  });
  const state = () => ({
    type: 'state',
    connected: gateway.isConnected(),
    counts: store.counts().hits,
    refused: store.refused().slice(0, 5),
  });
  const all = () => ({ type: 'hits', hits: store.list(SHOWN_HITS).map(shown) });

  const live = createLive({
    greeting: () => [{ type: 'hello', who, place, most: SHOWN_HITS }, state(), all()],
    onCount() {},
    onMessage: decide,
    mostMessageBytes: MOST_MESSAGE_BYTES,
    pingEveryMs: PING_EVERY_MS,
  });

  function decide(said: unknown, viewer: Viewer): void {
    const asked = verdict.safeParse(said);
    const answer = (error: string | null, code?: string) =>
      viewer.tell({ type: 'answer', ask: asked.data?.ask ?? null, error, code });
    if (!asked.success) {
      answer(asked.error.issues[0]?.message ?? 'not understood');
      return;
    }
    const { hit, action, by, cause, note } = asked.data;
    try {
      gateway.decide(hit, { action, by, cause, note });
      answer(null);
    } catch (error) {
      answer(messageOf(error), codeOf(error));
    }
  }

  function gather(): void {
    if (live.count() === 0) dirty.clear();
    else gathering ??= setTimeout(flush, GATHER_MS);
  }

  function flush(): void {
    gathering = undefined;
    live.tell(state());
    if (dirty.size > SINGLY) live.tell(all());
    else for (const hit of dirty.values()) live.tell({ type: 'hit', hit: shown(hit) });
    dirty.clear();
  }

  const door = await openDoor({
    ...{ name: 'hits', port, usualPort: USUAL_PORT, texts: TEXTS, language, live },
    files: pageFiles({
      ...{ folder: new URL('./page/', import.meta.url), scripts: ['hit.js'], texts: TEXTS, language },
    }),
    picture: ({ searchParams }) => store.picture(searchParams.get('sha256') ?? ''),
  });

  return {
    port: door.port,
    address: door.address,
    changed(hit) {
      dirty.set(hit.id, hit);
      gather();
    },
    removed(hits) {
      for (const id of hits) dirty.delete(id);
      if (hits.length > 0) live.tell(all());
    },
    refresh: gather,
    async close() {
      clearTimeout(gathering);
      await door.close();
    },
  };
}
