// What runs while somebody looks, and only then: the agent's preview of the camera, the video made of its pictures, the
// camera's reads. When the agent goes away, or the picture changes its size, it begins anew.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, PreviewEvent } from '../api/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { type KnownReason, knownReason } from './reasons.ts';
import { type ShownAim, type ShownRead, shownAim, shownRead } from './shown.ts';
import { startVideo } from './video.ts';
import type { VideoViewers } from './video-viewers.ts';

/** so many of the last reads are shown */
export const SHOWN_READS = 8;
const AGAIN_MS = 1500;
/** the feed of a picture that has another size now is there at once */
const SOON_MS = 100;

/** What the page is told, beside what the agent tells of the camera. */
export type ShowEvent =
  | Exclude<PreviewEvent, { type: 'feed' | 'feed-ended' | 'feed-failed' | 'aim' | 'camera' }>
  | (Extract<PreviewEvent, { type: 'camera' }> & { known: KnownReason | null })
  | { type: 'aim'; aim: ShownAim }
  | { type: 'read'; read: ShownRead }
  /** newest first; whatever was there is over */
  | { type: 'reads'; reads: ShownRead[] }
  /** null: all is well again */
  | { type: 'trouble'; code: string | null; message: string | null; remedy: string | null };

export interface SessionParts {
  /** Finds the agent. Throws `api.not-running`. */
  connect(): Promise<ApiClient>;
  camera: string;
  widthPx: number;
  ffmpeg: string;
  viewers: VideoViewers;
  tell(event: ShowEvent): void;
}

/** Goes on until the signal aborts. Throws what will not pass by itself: `camera.missing`, `api.forbidden`, `api.version` … */
export async function runSession(parts: SessionParts, signal: AbortSignal): Promise<void> {
  const { tell } = parts;
  while (!signal.aborted) {
    let waitMs = SOON_MS;
    try {
      await show(parts, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!['api.lost', 'api.not-running', 'api.failed', 'preview.video'].includes(codeOf(error)))
        throw error;
      const remedy = error instanceof AnprError ? (error.remedy ?? null) : null;
      tell({ type: 'trouble', code: codeOf(error), message: messageOf(error), remedy });
      waitMs = AGAIN_MS;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => {});
  }
}

/** Until the feed ends, the agent goes or the signal aborts. */
async function show(parts: SessionParts, until: AbortSignal): Promise<void> {
  const { connect, camera, widthPx, ffmpeg, viewers, tell } = parts;
  const api = await connect();
  const over = new AbortController();
  const signal = AbortSignal.any([until, over.signal]);
  const failed = Promise.withResolvers<never>();
  let video: { stop(): void } | undefined;

  async function follow(): Promise<void> {
    for await (const event of await api.preview(camera, signal)) {
      if (event.type === 'feed-ended') return;
      if (event.type === 'feed-failed')
        throw new AnprError('preview.video', event.message, event.remedy ?? undefined);
      if (event.type === 'feed') {
        tell({ type: 'trouble', code: null, message: null, remedy: null });
        viewers.restart();
        video?.stop();
        video = startVideo({
          ...{ camera, socket: event.socket, widthPx, ffmpeg, viewers },
          ended(complaint) {
            if (complaint === '') over.abort();
            else
              failed.reject(
                new AnprError(
                  'preview.video',
                  `ffmpeg makes no video: ${complaint.split('\n').at(-1)}`,
                  'See whether it can: ffmpeg -encoders | grep mpeg1video',
                ),
              );
          },
        });
      } else if (event.type === 'aim') tell({ type: 'aim', aim: shownAim(event.report) });
      else if (event.type === 'camera') tell({ ...event, known: knownReason(event.reason) });
      else tell(event);
    }
  }

  async function reads(): Promise<void> {
    // Following starts before the past is asked for, so that no read falls between them.
    const news = await api.followReads({ camera }, signal);
    const past = await api.reads({ camera, limit: SHOWN_READS });
    tell({ type: 'reads', reads: past.map(shownRead) });
    for await (const record of news) tell({ type: 'read', read: shownRead(record) });
  }

  const following = follow();
  const reading = reads();
  try {
    await Promise.race([following, reading, failed.promise]);
  } finally {
    over.abort();
    video?.stop();
    await Promise.allSettled([following, reading]);
  }
}
