// A page's web server: on loopback, for browsers that were let in with a one-time address. It runs in a command's own process,
// with the rights of whoever runs that.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { Language } from '../shared/languages.ts';
import type { PageFile } from './files.ts';
import { judgeKnock, type Verdict } from './gate-policy.ts';
import { pageHeaders } from './headers.ts';
import { languageOf } from './languages-policy.ts';
import type { Live } from './live.ts';
import { type RefusalReason, refusalPage, refusalsIn } from './refusal.ts';
import { createSessions } from './sessions.ts';

const HOST = '127.0.0.1';
/** sockets that do not close politely in this time are cut */
const POLITE_MS = 500;
const ENDED = { type: 'ended' };

export interface DoorOptions {
  /** names the cookie: letters */
  name: string;
  /** folder of the page's texts, with a slash at its end: those under `refusal` are for who is not let in */
  texts: URL;
  /** of a refusal; undefined: the browser's */
  language: Language | undefined;
  /** undefined: `usualPort`, or any that is free */
  port: number | undefined;
  usualPort: number;
  /** by address */
  files: Map<string, PageFile>;
  inlineStyles?: readonly string[];
  /** `/live`: it ends with the door */
  live: Live;
  /** further ones, by address */
  sockets?: Record<string, WebSocketServer>;
  /** What is no file; undefined: there is none. A rejection with code `read.missing` is a 404 as well. */
  picture(url: URL): Promise<Buffer | undefined> | Buffer | undefined;
  /** a browser was let in; its page comes next */
  onEntered?(): void;
}

export interface Door {
  port: number;
  /** An address for one more browser, with a token that works once. */
  address(): string;
  /** @param lastWord to the pages that are open */
  close(lastWord?: object): Promise<void>;
}

/** @throws {AnprError} `usage.port-taken`: another program has the port that was asked for; `usage.port`: this user may not have it */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { files, live } = options;
  const sockets: Record<string, WebSocketServer> = { '/live': live.server, ...options.sockets };
  const refusals = refusalsIn(options.texts);
  const server = createServer();
  const port = await listen(server, options.port, options.usualPort).catch((error: unknown) => {
    live.end(ENDED);
    throw error;
  });
  const sessions = createSessions(options.name, port);
  const headersFor = pageHeaders(options.inlineStyles ?? []);

  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else if (codeOf(error) === 'read.missing') refuse(request, response, 404, 'noPicture');
      else refuse(request, response, 502, 'failed', messageOf(error));
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
      refuse(request, response, verdict.status, verdict.reason);
      return;
    }
    const headers = headersFor(request.headers.host ?? HOST);
    if (verdict.is !== 'admitted') {
      if (verdict.is === 'entered') {
        const value = sessions.begin(url.searchParams.get('token') ?? '');
        options.onEntered?.();
        headers['set-cookie'] = `${sessions.cookieName}=${value}; HttpOnly; SameSite=Lax; Path=/`;
      }
      response.writeHead(303, { ...headers, location: '/' }).end();
      return;
    }
    if (url.pathname === '/picture') {
      const jpeg = await options.picture(url);
      if (jpeg) response.writeHead(200, { ...headers, 'content-type': 'image/jpeg' }).end(jpeg);
      else refuse(request, response, 404, 'noPicture');
      return;
    }
    const file = files.get(url.pathname);
    if (!file) {
      refuse(request, response, 404, 'noPage');
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': file.type }).end(file.bytes);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const verdict = judge(request, url, true);
    const target = Object.hasOwn(sockets, url.pathname) ? sockets[url.pathname] : undefined;
    if (verdict.is !== 'admitted' || !target) {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    target.handleUpgrade(request, socket, head, (viewer) => target.emit('connection', viewer, request));
  }

  function refuse(
    { headers }: IncomingMessage,
    response: ServerResponse,
    status: number,
    reason: RefusalReason,
    message?: string,
  ): void {
    const language = options.language ?? languageOf(headers['accept-language']);
    response
      .writeHead(status, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .end(refusalPage(refusals, language, reason, message));
  }

  return {
    port,
    address: () => `http://${HOST}:${port}/?token=${sessions.token()}`,
    close(lastWord = ENDED) {
      live.end(lastWord);
      return new Promise<void>((resolve) => {
        const slow = setTimeout(() => {
          for (const { clients } of Object.values(sockets)) for (const socket of clients) socket.terminate();
        }, POLITE_MS);
        server.close(() => {
          clearTimeout(slow);
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

async function listen(server: Server, wanted: number | undefined, usual: number): Promise<number> {
  try {
    await bind(server, wanted ?? usual);
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
