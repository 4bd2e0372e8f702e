// What a preview is given beside a camera's work: its pictures, what was found in each of them, and how the camera is
// aimed. It takes no look more than the work needs, and does nothing until somebody watches.

import { type AimReport, createAim } from '../aim/index.ts';
import type { Frame } from '../capture/index.ts';
import type { PassageEvent } from '../passage/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { Quad } from '../shared/geometry.ts';
import type { Look } from '../vision/index.ts';
import type { LoopWatcher } from './aiming.ts';
import { openPictureFeed, type PictureFeed } from './picture-feed.ts';

/** Times are UTC epoch milliseconds of frames. */
export type PreviewNote =
  /** where the pictures can be had, by one reader, as YUV4MPEG2 at 25 a second whatever their true rate */
  | { type: 'feed'; socket: string }
  /** the feed is over: another size, or its reader has gone */
  | { type: 'feed-ended' }
  | { type: 'feed-failed'; code: string; message: string; remedy: string | null }
  /** a picture of the camera; `picture` counts those of the feed from 0, null: it was not among them */
  | {
      type: 'look';
      at: number;
      picture: number | null;
      width: number;
      height: number;
      /** null: nothing moved, it was not looked at */
      plates: SeenPlate[] | null;
    }
  | { type: 'aim'; report: AimReport };

export interface SeenPlate {
  /** pixels of the camera's picture */
  corners: Quad;
  /** as read in this one picture; may be empty */
  text: string;
  /** the reader's own, 0..1 */
  confidence: number;
}

/** Enough for an eye to follow; each costs the picture's planes once through a pipe. */
const SHORTEST_MS = 65;
const AIM_EVERY_MS = 250;

interface Watched {
  feed: PictureFeed | undefined;
  /** of the frame that is looked at now */
  picture: number | null;
  offeredAt: number;
}

export interface Previewing extends LoopWatcher {
  /** Begins or ends what `key` is given. @param folder of the feed's socket */
  set(key: string, folder: string | null): void;
  /** The same frames. */
  watching(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void>;
  close(): void;
}

export function createPreviewing(
  options: { camera: string; uncertainBelow: number },
  tell: (key: string, note: PreviewNote) => void,
): Previewing {
  const watched = new Map<string, Watched>();
  let aim: ReturnType<typeof createAim> | undefined;
  let aimedAt = Number.NEGATIVE_INFINITY;
  let isLookedAt = false;

  function end(key: string): void {
    const one = watched.get(key);
    watched.delete(key);
    one?.feed?.close();
    if (watched.size === 0) aim = undefined;
  }

  function begin(key: string, folder: string): void {
    const one: Watched = { feed: undefined, picture: null, offeredAt: Number.NEGATIVE_INFINITY };
    aim ??= createAim(options);
    watched.set(key, one);
    const isWatched = () => watched.get(key) === one;
    openPictureFeed(folder, () => {
      one.feed = undefined;
      if (isWatched()) tell(key, { type: 'feed-ended' });
    }).then(
      (feed) => {
        if (!isWatched()) feed.close();
        else {
          one.feed = feed;
          tell(key, { type: 'feed', socket: feed.socket });
        }
      },
      (error) => {
        const remedy = error instanceof AnprError ? (error.remedy ?? null) : null;
        tell(key, { type: 'feed-failed', code: codeOf(error), message: messageOf(error), remedy });
      },
    );
  }

  function report(at: number): void {
    if (!aim) return;
    aimedAt = at;
    const note: PreviewNote = { type: 'aim', report: aim.report(at) };
    for (const key of watched.keys()) tell(key, note);
  }

  return {
    set(key, folder) {
      end(key);
      if (folder !== null) begin(key, folder);
    },
    wanted: () => false,
    looked(frame, { sightings, unread }: Look) {
      if (!aim) return;
      aim.looked(frame, sightings);
      const plates = [
        ...sightings.map(({ corners, reading: { text, confidence } }) => ({ corners, text, confidence })),
        ...unread.map(({ corners }) => ({ corners, text: '', confidence: 0 })),
      ];
      isLookedAt = true;
      for (const [key, { picture }] of watched) tell(key, lookOf(frame, picture, plates));
      report(frame.capturedAt);
    },
    told: (events: readonly PassageEvent[]) => aim?.told(events),
    async *watching(frames) {
      for await (const frame of frames) {
        const { capturedAt: at } = frame;
        for (const one of watched.values()) {
          one.picture = null;
          if (Math.abs(at - one.offeredAt) < SHORTEST_MS) continue;
          one.picture = one.feed?.offer(frame) ?? null;
          if (one.picture !== null) one.offeredAt = at;
        }
        isLookedAt = false;
        const { width, height } = frame;
        yield frame;
        if (!isLookedAt)
          for (const [key, { picture }] of watched)
            if (picture !== null) tell(key, lookOf({ capturedAt: at, width, height }, picture, null));
        if (Math.abs(at - aimedAt) >= AIM_EVERY_MS) report(at);
      }
    },
    close() {
      for (const key of [...watched.keys()]) end(key);
    },
  };
}

function lookOf(
  { capturedAt: at, width, height }: Pick<Frame, 'capturedAt' | 'width' | 'height'>,
  picture: number | null,
  plates: SeenPlate[] | null,
): PreviewNote {
  return { type: 'look', at, picture, width, height, plates };
}
