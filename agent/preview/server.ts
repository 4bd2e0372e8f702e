// The preview's web server: on loopback, for browsers that were let in, as long as somebody looks. It runs in the command's
// own process with the user's own rights towards the agent: the agent has no web server.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { ApiClient } from '../api/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { pageFiles, pageHeaders } from './files.ts';
import { judgeKnock, type Verdict } from './gate-policy.ts';
import { createLive, PING_EVERY_MS } from './live.ts';
import { refusalPage } from './refusal.ts';
import { runSession, SHOWN_READS, type ShowEvent } from './session.ts';
import { createSessions } from './sessions.ts';
import { createVideoViewers } from './video-viewers.ts';

const HOST = '127.0.0.1';
/** a page that is loaded again, a tunnel that is opened again */
const GONE_MS = 15_000;
/** from the address to the first browser */
const NOBODY_MS = 15 * 60_000;
/** from a page to its video, and from one page to the next */
const IDLE_MS = 4000;
/** of so many reads pictures may still be asked for: a slow page shows some that newer ones have pushed out */
const PICTURED_READS = 64;

export interface PreviewOptions {
  camera: string;
  /** site/box, for the page's head */
  place: string;
  /** undefined: the usual one, or any that is free */
  port: number | undefined;
  /** the video is at most so wide */
  widthPx: number;
  ffmpeg: string;
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
  const server = createServer();
  const port = await listen(server, options.port);
  const sessions = createSessions(port);
  const files = pageFiles();
  const headersFor = pageHeaders(files);
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
  let measuring: AbortController | undefined;
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
      onMeasure: (on) => measure(on),
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

  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, codeOf(error) === 'read.missing' ? 404 : 502, messageOf(error));
    });
  });
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head));

  function judge(request: IncomingMessage, url: URL, isSocket: boolean): Verdict {
    return judgeKnock(
      {
        method: request.method ?? '',
        host: request.headers.host,
        origin: request.headers.origin,
        isSocket,
        token: url.searchParams.get('token'),
        hasSession: sessions.has(request.headers.cookie),
      },
      sessions.isFresh,
    );
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const verdict = judge(request, url, false);
    if (verdict.is === 'refused') {
      refuse(response, verdict.status, verdict.reason);
      return;
    }
    const headers = headersFor(request.headers.host ?? HOST);
    if (verdict.is !== 'admitted') {
      if (verdict.is === 'entered') {
        const value = sessions.begin(url.searchParams.get('token') ?? '');
        // While the browser gets the page, the first picture is on its way.
        begin();
        schedule();
        headers['set-cookie'] = `${sessions.cookieName}=${value}; HttpOnly; SameSite=Lax; Path=/`;
      }
      response.writeHead(303, { ...headers, location: '/' }).end();
      return;
    }
    if (url.pathname === '/picture') {
      const jpeg = await pictureOf(url.searchParams);
      if (jpeg) response.writeHead(200, { ...headers, 'content-type': 'image/jpeg' }).end(jpeg);
      else refuse(response, 404, 'There is no such picture (any more).');
      return;
    }
    const file = files.get(url.pathname);
    if (!file) {
      refuse(response, 404, 'There is no such page.');
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': file.type }).end(file.bytes);
  }

  async function pictureOf(query: URLSearchParams): Promise<Buffer | undefined> {
    const asked = z
      .object({ id: z.string(), kind: z.enum(['plate', 'overview']) })
      .safeParse(Object.fromEntries(query));
    // those that are shown, and no others
    if (!asked.success || !pictured.has(asked.data.id)) return undefined;
    return await (await (agent ?? connect())).picture(asked.data.id, asked.data.kind);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const verdict = judge(request, url, true);
    const target = { '/live': live.server, '/video': video.server }[url.pathname];
    if (verdict.is !== 'admitted' || !target) {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    target.handleUpgrade(request, socket, head, (viewer) => target.emit('connection', viewer, request));
  }

  return {
    port,
    address: () => `http://${HOST}:${port}/?token=${sessions.token()}`,
    ended: ended.promise,
    async close() {
      ended.resolve('closed');
      clearTimeout(idle);
      clearTimeout(gone);
      gone = undefined;
      measuring?.abort();
      session?.abort();
      live.end({ type: 'ended' });
      for (const socket of video.server.clients) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        const slow = setTimeout(() => {
          for (const socket of live.server.clients) socket.terminate();
        }, 500);
        server.once('close', () => clearTimeout(slow));
      });
    },
  };
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(refusalPage(reason));
}

async function listen(server: Server, wanted: number | undefined): Promise<number> {
  try {
    await bind(server, wanted ?? USUAL_PORT);
  } catch (error) {
    if (codeOf(error) === 'EACCES')
      throw new AnprError(
        'usage.port',
        `this user may not listen on port ${wanted}`,
        'Give a port from 1024 on.',
      );
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    if (wanted !== undefined)
      throw new AnprError(
        'usage.port-taken',
        `another program has port ${wanted} of ${HOST}`,
        'Give another one, or leave --port out: a free one is taken.',
      );
    await bind(server, 0);
  }
  return (server.address() as AddressInfo).port;
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
