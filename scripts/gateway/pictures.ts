// Asks boxes for pictures that a hit names and that do not come: those of a box's own hit follow it at once, those of a hit that
// the centre raised come only when they are asked for.

import type { Commands } from './commands.ts';
import type { Store } from './store.ts';
import type { HitView } from './view.ts';

/** so often; each time after twice as long */
const MOST_ASKS = 6;

export interface PictureAsker {
  note(hit: HitView): void;
  pump(): void;
  /** why there is none yet */
  stateOf(hit: string): 'coming' | 'gone';
}

interface Awaited {
  asks: number;
  /** performance.now() */
  dueMs: number;
}

/**
 * @param firstMs so long pictures may take that come by themselves
 * @param onGone they will not come
 */
export function createPictureAsker(
  store: Pick<Store, 'view'>,
  commands: Pick<Commands, 'ask'>,
  firstMs: number,
  onGone: (hit: string) => void,
): PictureAsker {
  const awaited = new Map<string, Awaited>();
  const gone = new Set<string>();
  const missingOf = ({ pictures }: HitView) => {
    const kinds = new Set(pictures.flatMap(({ here, kind }) => (here ? [kind] : [])));
    return pictures.filter(({ here, kind }) => !here && !kinds.has(kind));
  };

  async function ask(hit: HitView): Promise<void> {
    const { site, box } = hit;
    const missing = missingOf(hit);
    for (const about of new Set(missing.map((picture) => picture.about))) {
      const kinds = missing.filter((picture) => picture.about === about).map(({ kind }) => kind);
      const reply = await commands.ask({ site, box }, 'evidence', { readId: about, kinds });
      const pictures = reply.result && 'pictures' in reply.result ? reply.result.pictures : [];
      if (pictures.every(({ state }) => state === 'gone')) {
        awaited.delete(hit.id);
        gone.add(hit.id);
        onGone(hit.id);
      }
    }
  }

  return {
    note(hit) {
      if (missingOf(hit).length === 0) awaited.delete(hit.id);
      else if (!awaited.has(hit.id) && !gone.has(hit.id))
        awaited.set(hit.id, { asks: 0, dueMs: performance.now() + firstMs });
    },
    pump() {
      const now = performance.now();
      for (const [id, each] of awaited) {
        if (each.dueMs > now) continue;
        const hit = store.view(id);
        if (!hit || missingOf(hit).length === 0 || each.asks >= MOST_ASKS) {
          awaited.delete(id);
          continue;
        }
        each.dueMs = now + firstMs * 2 ** ++each.asks;
        ask(hit).catch(() => {}); // the next time
      }
    },
    stateOf: (hit) => (gone.has(hit) ? 'gone' : 'coming'),
  };
}
