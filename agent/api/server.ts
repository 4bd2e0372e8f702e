// The local API: HTTP over a Unix socket, JSON out, for commands on the same box. Who may talk to it is decided by the
// socket's file permissions. Every request passes through one table of routes, so what all of them need (a log of who
// looked at reads, say) has one place.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import type { JournalRecord, ReadFilter } from '../journal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { filterOf, wants } from './filter.ts';
import { bindSocket } from './socket.ts';
import type { AgentStatus } from './status.ts';

export interface ApiHandlers {
  status(): Promise<AgentStatus>;
  /** newest first */
  reads(filter: ReadFilter): Promise<JournalRecord[]>;
  /** calls back for each record from now on, until the signal aborts */
  followReads(onRecord: (record: JournalRecord) => void, signal: AbortSignal): void;
}

export interface Api {
  close(): Promise<void>;
}

export interface ApiOptions {
  socketPath: string;
  handlers: ApiHandlers;
  log: Logger;
}

/** A follower that reads so slowly that this much waits for it is cut off: it must not cost the agent its memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

type Route = (context: {
  query: URLSearchParams;
  response: ServerResponse;
  handlers: ApiHandlers;
  closed: AbortSignal;
}) => Promise<void>;

const routes: Record<string, Route> = {
  '/1/status': async ({ response, handlers }) => sendJson(response, 200, await handlers.status()),
  '/1/reads': async ({ query, response, handlers }) =>
    sendJson(response, 200, await handlers.reads(filterOf(query))),
  '/1/reads/follow': follow,
};

/** Starts listening. Throws `api.in-use` when another agent has the socket, `api.socket` when it cannot be made. */
export async function startApi({ socketPath, handlers, log }: ApiOptions): Promise<Api> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => refuse(response, error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) throw new AnprError('api.unknown', `no such address: ${pathname}`);
    if (request.method !== 'GET') throw new AnprError('api.method', `wanted GET, found ${request.method}`);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await route({
      query: searchParams,
      response,
      handlers,
      closed: AbortSignal.any([gone.signal, closing.signal]),
    });
  }

  function refuse(response: ServerResponse, error: unknown): void {
    const statusCode = statusCodeOf(error);
    if (statusCode === 500) log.error({ error: messageOf(error) }, 'a request to the local API failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    sendJson(response, statusCode, { error: { code: codeOf(error), message: sentenceOf(error) } });
  }

  const removeSocket = await bindSocket(server, socketPath);
  server.on('error', (error) => log.error({ error: messageOf(error) }, 'the local API has an error'));
  log.debug({ socket: socketPath }, 'the local API listens');

  return {
    async close() {
      closing.abort();
      removeSocket();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function follow({ query, response, handlers, closed }: Parameters<Route>[0]): Promise<void> {
  const filter = filterOf(query);
  const ended = new Promise<void>((resolve) =>
    closed.addEventListener('abort', () => resolve(), { once: true }),
  );
  response.setHeader('content-type', 'application/jsonl; charset=utf-8');
  handlers.followReads((record) => {
    if (closed.aborted || !wants(filter, record)) return;
    response.write(`${JSON.stringify(record)}\n`);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  }, closed);
  // The head is the promise that nothing is missed from here on.
  if (!response.headersSent) response.flushHeaders();
  await ended;
  response.end();
}

function sendJson(response: ServerResponse, statusCode: number, body: unknown): void {
  response.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function statusCodeOf(error: unknown): number {
  if (error instanceof ZodError) return 400;
  if (error instanceof AnprError && error.code === 'api.unknown') return 404;
  if (error instanceof AnprError && error.code === 'api.method') return 405;
  return 500;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof ZodError)) return messageOf(error);
  return error.issues.map((issue) => `${issue.path.join('.') || 'query'}: ${issue.message}`).join('; ');
}
