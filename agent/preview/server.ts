// The preview's web server: on loopback, for browsers that were let in, as long as somebody looks. It runs in the command's
// own process with the user's own rights towards the agent: the agent has no web server.

import { z } from 'zod';
import type { ApiClient } from '../api/index.ts';
import { createLive, openDoor, PING_EVERY_MS, type Viewer } from '../page/index.ts';
import type { Language } from '../shared/languages.ts';
import { playerStyles, previewFiles, TEXTS } from './files.ts';
import { runSession, SHOWN_READS, type ShowEvent } from './session.ts';
import { createStill } from './still.ts';
import { createVideoViewers } from './video-viewers.ts';

/** a page that is loaded again, a tunnel that is opened again */
const GONE_MS = 15_000;
/** from the address to the first browser */
const NOBODY_MS = 15 * 60_000;
/** from a page to its video, and from one page to the next */
const IDLE_MS = 4000;
/** of so many reads pictures may still be asked for: a slow page shows some that newer ones have pushed out */
const PICTURED_READS = 64;
const MOST_MESSAGE_BYTES = 256;

/** What the page asks for. */
const wish = z.discriminatedUnion('type', [
  /** every picture is to be looked at, also when nothing moves */
  z.object({ type: z.literal('measure'), on: z.boolean() }),
  /** answered with this machine's clock: `asked` comes back as it is */
  z.object({ type: z.literal('clock'), asked: z.number() }),
]);

export interface PreviewOptions {
  camera: string;
  /** site/box, for the page's head */
  place: string;
  /** undefined: the usual one, or any that is free */
  port: number | undefined;
  /** the video is at most so wide */
  widthPx: number;
  ffmpeg: string;
  /** of the page; undefined: the browser's */
  language?: Language | undefined;
  /** Finds the agent; again when it was lost. Throws `api.not-running`. */
  connect(): Promise<ApiClient>;
  /** how many look now */
  onViewers(count: number): void;
  goneMs?: number;
  nobodyMs?: number;
  pingEveryMs?: number;
}

export type PreviewEnd = 'gone' | 'nobody' | 'closed';

export interface Preview {
  port: number;
  /** An address for one more browser, with a token that works once. */
  address(): string;
  /** Resolves when the last viewer has gone, or nobody came. Rejects with what does not pass by itself. */
  ended: Promise<PreviewEnd>;
  close(): Promise<void>;
}

/** What the usual address is, so that a tunnel can be opened before. */
export const USUAL_PORT = 8470;

/** @throws {AnprError} `usage.port-taken`: another program has the port that was asked for */
export async function startPreview(options: PreviewOptions): Promise<Preview> {
  const { camera, place, onViewers } = options;
  const files = previewFiles(options.language);
  const ended = Promise.withResolvers<PreviewEnd>();
  // whoever starts it may look at it later
  ended.promise.catch(() => {});
  let session: AbortController | undefined;
  /** found anew by each session: finding it reads the configuration */
  let agent: Promise<ApiClient> | undefined;
  const connect = () => {
    agent = options.connect();
    return agent;
  };
  const still = createStill(() => agent ?? connect(), options);
  let measuring: AbortController | undefined;
  const measurers = new Set<Viewer>();
  let reads: (ShowEvent & { type: 'reads' }) | undefined;
  const pictured = new Set<string>();
  const last = new Map<ShowEvent['type'], ShowEvent>();
  let idle: NodeJS.Timeout | undefined;
  let gone: NodeJS.Timeout | undefined = setTimeout(
    () => ended.resolve('nobody'),
    options.nobodyMs ?? NOBODY_MS,
  );

  const video = createVideoViewers(() => schedule());
  const live = createLive(
    {
      greeting: () => [{ type: 'hello', camera, place }, ...last.values(), ...(reads ? [reads] : [])],
      onCount(count) {
        clearTimeout(gone);
        if (count === 0) gone = setTimeout(() => ended.resolve('gone'), options.goneMs ?? GONE_MS);
        onViewers(count);
      },
      onMessage(said, viewer) {
        const { data } = wish.safeParse(said);
        if (data?.type === 'clock') viewer.tell({ type: 'clock', asked: data.asked, at: Date.now() });
        else if (data?.type === 'measure') wantMeasured(viewer, data.on);
      },
      onGone: (viewer) => wantMeasured(viewer, false),
      mostMessageBytes: MOST_MESSAGE_BYTES,
      pingEveryMs: options.pingEveryMs ?? PING_EVERY_MS,
    },
    () => video.server.clients,
  );

  function tell(event: ShowEvent): void {
    if (event.type === 'reads') {
      reads = event;
      for (const { id } of event.reads.toReversed()) mayShow(id);
    } else if (event.type === 'read') {
      if (reads) reads = { ...reads, reads: [event.read, ...reads.reads].slice(0, SHOWN_READS) };
      mayShow(event.read.id);
    } else if (event.type === 'camera' || event.type === 'trouble') last.set(event.type, event);
    live.tell(event);
  }

  function mayShow(id: string): void {
    pictured.add(id);
    for (const oldest of pictured) if (pictured.size > PICTURED_READS) pictured.delete(oldest);
  }

  /** Begins what is shown when somebody looks, and ends it a little after nobody does. */
  function schedule(): void {
    clearTimeout(idle);
    if (video.count() === 0) {
      idle = setTimeout(() => {
        session?.abort();
        session = undefined;
        video.restart();
      }, IDLE_MS);
      return;
    }
    begin();
  }

  function begin(): void {
    if (session) return;
    const own = new AbortController();
    session = own;
    const { widthPx, ffmpeg } = options;
    runSession({ connect, camera, widthPx, ffmpeg, viewers: video, tell }, own.signal).catch((error) => {
      ended.reject(error);
    });
  }

  function wantMeasured(viewer: Viewer, on: boolean): void {
    if (on) measurers.add(viewer);
    else measurers.delete(viewer);
    measure(measurers.size > 0);
  }

  function measure(on: boolean): void {
    if (on === (measuring !== undefined)) return;
    measuring?.abort();
    measuring = undefined;
    if (!on) return;
    const own = new AbortController();
    measuring = own;
    void (async () => {
      try {
        const api = await (agent ?? connect());
        // As long as somebody aims every picture is looked at; the numbers come with the others.
        for await (const _ of await api.aim(camera, own.signal));
      } catch {
        // the session tells what is wrong with the agent
      }
      if (measuring === own) measuring = undefined;
    })();
  }

  async function pictureOf(query: URLSearchParams): Promise<Buffer | undefined> {
    if (query.get('kind') === 'still') return await still.take();
    const asked = z
      .object({ id: z.string(), kind: z.enum(['plate', 'overview']) })
      .safeParse(Object.fromEntries(query));
    // those that are shown, and no others
    if (!asked.success || !pictured.has(asked.data.id)) return undefined;
    return await (await (agent ?? connect())).picture(asked.data.id, asked.data.kind);
  }

  const door = await openDoor({
    ...{ name: 'preview', port: options.port, usualPort: USUAL_PORT, files },
    ...{ texts: TEXTS, language: options.language, live, sockets: { '/video': video.server } },
    inlineStyles: playerStyles(files),
    picture: ({ searchParams }) => pictureOf(searchParams),
    onEntered() {
      // While the browser gets the page, the first picture is on its way.
      begin();
      schedule();
      still.begin();
    },
  }).catch((error: unknown) => {
    clearTimeout(gone);
    throw error;
  });

  return {
    port: door.port,
    address: door.address,
    ended: ended.promise,
    async close() {
      ended.resolve('closed');
      clearTimeout(idle);
      clearTimeout(gone);
      gone = undefined;
      measuring?.abort();
      session?.abort();
      for (const socket of video.server.clients) socket.terminate();
      await door.close();
    },
  };
}
