// The local API: HTTP over a Unix socket, JSON out, for commands on the same box. Who may talk to it is decided by the
// socket's file permissions. Every request passes through one table of routes, and what gives out something that was read
// goes out only after the audit log has it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { checkReason, notKept, reasonGiven, takeProofs, whoAsks } from '../audit/index.ts';
import type { AuditEntry } from '../contract/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { type ApiHandlers, sendJson } from './route.ts';
import { routes } from './routes.ts';
import { bindSocket } from './socket.ts';

export interface Api {
  close(): Promise<void>;
}

export interface ApiOptions {
  socketPath: string;
  handlers: ApiHandlers;
  log: Logger;
  /** whether nothing that was read is given out without a reason; asked for each request */
  reasonRequired?: () => boolean;
}

const NOT_FOUND = new Set([
  'api.unknown',
  'hit.unknown',
  'journal.no-dead-letter',
  'journal.no-read',
  'read.missing',
  'read.no-picture',
  'camera.missing',
]);
/** Starts listening. Throws `api.in-use` when another agent has the socket, `api.socket` when it cannot be made. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { socketPath, handlers, log, reasonRequired = () => false } = options;
  const closing = new AbortController();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => refuse(response, error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) throw new AnprError('api.unknown', `no such address: ${pathname}`);
    const method = route.method ?? 'GET';
    if (request.method !== method)
      throw new AnprError('api.method', `wanted ${method}, found ${request.method}`);
    const reason = reasonGiven(request.headers);
    // Whoever changes a list looks at nothing.
    if (route.action !== null && route.action !== 'list')
      checkReason(reason, route.action === 'erase' || reasonRequired());
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { rows, send } = await route.ask({
      query: searchParams,
      response,
      handlers,
      closed: AbortSignal.any([gone.signal, closing.signal]),
      who: () => whoAsks(request.headers, socketPath),
    });
    if (route.action === null) {
      send();
      return;
    }
    const entry: AuditEntry = {
      action: route.action,
      who: whoAsks(request.headers, socketPath),
      filter: Object.fromEntries(searchParams),
      reason,
      rows,
    };
    await handlers.audit(entry).catch((error) => {
      throw notKept(error);
    });
    const given = await send();
    if (rows === null && typeof given === 'number')
      await handlers
        .audit({ ...entry, rows: given })
        .catch((error) => log.error({ code: codeOf(error) }, 'the end of an access could not be noted'));
  }

  function refuse(response: ServerResponse, error: unknown): void {
    const statusCode = statusCodeOf(error);
    if (statusCode === 500) log.error({ error: messageOf(error) }, 'a request to the local API failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const remedy = error instanceof AnprError ? error.remedy : undefined;
    sendJson(response, statusCode, { error: { code: codeOf(error), message: sentenceOf(error), remedy } });
  }

  const removeSocket = await bindSocket(server, socketPath);
  const removeProofs = takeProofs(socketPath);
  server.on('error', (error) => log.error({ error: messageOf(error) }, 'the local API has an error'));
  log.debug({ socket: socketPath }, 'the local API listens');

  return {
    async close() {
      closing.abort();
      removeSocket();
      removeProofs();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function statusCodeOf(error: unknown): number {
  if (error instanceof ZodError) return 400;
  if (error instanceof AnprError && NOT_FOUND.has(error.code)) return 404;
  if (error instanceof AnprError && error.code === 'audit.no-reason') return 403;
  if (error instanceof AnprError && error.code.startsWith('config.')) return 422;
  if (error instanceof AnprError && error.code === 'camera.no-picture') return 503;
  if (error instanceof AnprError && error.code === 'hit.refused') return 409;
  if (error instanceof AnprError && error.code === 'api.method') return 405;
  return 500;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof ZodError)) return messageOf(error);
  return error.issues.map((issue) => `${issue.path.join('.') || 'query'}: ${issue.message}`).join('; ');
}
