// The local API: HTTP over a Unix socket, JSON out, for commands on the same box. Who may talk to it is decided by the
// socket's file permissions. Every request passes through one table of routes, and what gives out something that was read
// goes out only after the audit log has it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { ZodError, z } from 'zod';
import type { AimReport } from '../aim/index.ts';
import { checkReason, notKept, reasonGiven, takeProofs, whoAsks } from '../audit/index.ts';
import type { PreviewEvent } from '../camera/index.ts';
import type { AuditAction, AuditEntry } from '../contract/index.ts';
import type { AuditFilter, JournalRecord, ReadFilter } from '../journal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { auditFilterOf, filterOf, snapshotQuery, wants } from './filter.ts';
import { type HitHandlers, hitRoutes } from './hit-routes.ts';
import { type QueueHandlers, queueRoutes } from './queue-routes.ts';
import { bindSocket } from './socket.ts';
import type { AgentStatus, ReloadAnswer } from './status.ts';
import type { WitnessLine } from './witness.ts';

export interface ApiHandlers extends QueueHandlers, HitHandlers {
  status(): Promise<AgentStatus>;
  /** as Prometheus reads them */
  metrics(): Promise<string>;
  /** newest first */
  reads(filter: ReadFilter): Promise<JournalRecord[]>;
  /** calls back for each read and each hit from now on, until the signal aborts */
  followRecords(onRecord: (record: JournalRecord) => void, signal: AbortSignal): void;
  /** undefined: there is no such read */
  read(id: string): Promise<JournalRecord | undefined>;
  /** Forgets a read, its hits and pictures. Resolves with how many records. Rejects with `journal.no-read`. */
  erase(id: string): Promise<number>;
  /** JPEG; undefined: there is no such picture (any more) */
  picture(read: JournalRecord, kind: 'plate' | 'overview'): Promise<Uint8Array | undefined>;
  /** what the camera sees now, no wider than that (null: as it is); undefined: there is no such camera */
  snapshot(
    camera: string,
    maxWidthPx: number | null,
  ): Promise<{ jpeg: Uint8Array; capturedAt: number } | undefined>;
  /** Calls back several times a second with how a camera is aimed, until the signal aborts; false: no such camera. */
  aim(camera: string, tell: (report: AimReport) => void, signal: AbortSignal): boolean;
  /** Calls back with what an acceptance test has to know of a camera, until the signal aborts; false: no such camera. */
  witness(camera: string, tell: (line: WitnessLine) => void, signal: AbortSignal): boolean;
  /** Looks at the configuration again. Rejects with `config.*`: what is wrong with it; all stays as it was. */
  reload(): Promise<ReloadAnswer>;
  /** Calls back with what somebody who watches is shown, until the signal aborts; false: no such camera. */
  preview(camera: string, tell: (event: PreviewEvent) => void, signal: AbortSignal): boolean;
  /** audit records, newest first */
  audits(filter: AuditFilter): Promise<JournalRecord[]>;
  /** Notes who looked at what: called before it is given out. When it rejects nothing is given out. */
  audit(entry: AuditEntry): Promise<void>;
}

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
/** header of a snapshot: UTC epoch milliseconds */
export const CAPTURED_AT = 'x-captured-at';

/** A follower that reads so slowly that this much waits for it is cut off: it must not cost the agent its memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** A hit comes with its read, a little before or after it: so many passages are between the two at most. */
const MAX_WAITING_READS = 1000;

interface Request {
  query: URLSearchParams;
  response: ServerResponse;
  handlers: ApiHandlers;
  closed: AbortSignal;
  who(): ReturnType<typeof whoAsks>;
}

interface Answer {
  /** records (or pictures) in it; null: that is not known before the end */
  rows: number | null;
  /** resolves with how many were given out, where that was not known before */
  send(): unknown;
}

export interface Route {
  /** default GET; POST changes something */
  method?: 'POST';
  /** what the audit log calls it; null: it gives out nothing that was read */
  action: AuditAction | null;
  /** Makes the answer. It is sent only once the access has been noted. */
  ask(request: Request): Promise<Answer>;
}

const routes: Record<string, Route> = {
  ...queueRoutes,
  ...hitRoutes,
  '/1/status': {
    action: null,
    async ask({ response, handlers }) {
      const status = await handlers.status();
      return { rows: null, send: () => sendJson(response, 200, status) };
    },
  },
  '/1/metrics': {
    action: null,
    async ask({ response, handlers }) {
      const text = await handlers.metrics();
      return {
        rows: null,
        send() {
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
          response.end(text);
        },
      };
    },
  },
  '/1/reads': {
    action: 'reads',
    async ask({ query, response, handlers }) {
      const reads = await handlers.reads(filterOf(query));
      return { rows: reads.length, send: () => sendJson(response, 200, reads) };
    },
  },
  '/1/reads/follow': { action: 'follow', ask: follow },
  '/1/read': {
    action: 'show',
    async ask({ query, response, handlers }) {
      const read = await readOf(query, handlers);
      return { rows: 1, send: () => sendJson(response, 200, read) };
    },
  },
  '/1/read/erase': {
    method: 'POST',
    action: 'erase',
    async ask({ query, response, handlers }) {
      const { id } = await readOf(query, handlers);
      return {
        rows: null,
        async send() {
          const erased = await handlers.erase(id);
          sendJson(response, 200, { erased });
          return erased;
        },
      };
    },
  },
  '/1/picture': {
    action: 'show',
    async ask({ query, response, handlers }) {
      const read = await readOf(query, handlers);
      const kind = z.enum(['plate', 'overview']).parse(query.get('kind'));
      const jpeg = await handlers.picture(read, kind);
      if (!jpeg) throw new AnprError('read.no-picture', `read ${read.id} has no ${kind} picture (any more)`);
      return { rows: 1, send: () => sendJpeg(response, jpeg) };
    },
  },
  '/1/snapshot': {
    action: 'snapshot',
    async ask({ query, response, handlers }) {
      const { camera, width = null } = snapshotQuery.parse(Object.fromEntries(query));
      const snapshot = await handlers.snapshot(camera, width);
      if (!snapshot) throw new AnprError('camera.missing', `the agent has no camera "${camera}"`);
      response.setHeader(CAPTURED_AT, snapshot.capturedAt);
      return { rows: 1, send: () => sendJpeg(response, snapshot.jpeg) };
    },
  },
  '/1/config/reload': {
    method: 'POST',
    action: null,
    async ask({ response, handlers }) {
      const reloaded = await handlers.reload();
      return { rows: null, send: () => sendJson(response, 200, reloaded) };
    },
  },
  // How a camera is aimed tells of nobody who passed.
  '/1/aim': {
    action: null,
    ask: (request) => lines(request, request.handlers.aim),
  },
  // Its pictures show what passes, as a snapshot does.
  '/1/witness': {
    action: 'snapshot',
    ask: (request) => lines(request, request.handlers.witness),
  },
  // What a command did with the lists by itself: they are files.
  '/1/note/list': { method: 'POST', action: 'list', ask: note },
  '/1/note/entries': { method: 'POST', action: 'entries', ask: note },
  '/1/preview': {
    action: 'preview',
    ask: (request) => lines(request, request.handlers.preview),
  },
  '/1/audit': {
    action: 'audit',
    async ask({ query, response, handlers }) {
      const audits = await handlers.audits(auditFilterOf(query));
      return { rows: audits.length, send: () => sendJson(response, 200, audits) };
    },
  },
};

/** Every address there is. */
export const apiPaths = (): string[] => Object.keys(routes);

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

/** Hears reads and hits; passes on each read that has a hit, whichever of the two comes first. */
function withHits(give: (read: JournalRecord) => void): (record: JournalRecord) => void {
  const hits = new Set<string>();
  const reads = new Map<string, JournalRecord>();
  return (record) => {
    if (record.type === 'hit') {
      const { readId } = record;
      if (readId === undefined || hits.has(readId)) return;
      hits.add(readId);
      const read = reads.get(readId);
      if (read) give(read);
      reads.delete(readId);
    } else if (hits.has(record.id)) give(record);
    else reads.set(record.id, record);
    for (const waiting of [hits, reads])
      for (const oldest of waiting.keys())
        if (waiting.size > MAX_WAITING_READS) waiting.delete(oldest);
        else break;
  };
}

/** Two entries in the audit log: one before the first read, one with how many it were. */
async function follow({ query, response, handlers, closed }: Request): Promise<Answer> {
  const filter = filterOf(query);
  return {
    rows: null,
    async send() {
      const ended = new Promise<void>((resolve) => {
        if (closed.aborted) resolve();
        closed.addEventListener('abort', () => resolve(), { once: true });
      });
      let given = 0;
      response.setHeader('content-type', 'application/jsonl; charset=utf-8');
      const give = (record: JournalRecord) => {
        given++;
        response.write(`${JSON.stringify(record)}\n`);
        if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
      };
      const hear = filter.hits ? withHits(give) : give;
      handlers.followRecords((record) => {
        const wanted = wants(filter, record) || (filter.hits === true && record.type === 'hit');
        if (wanted && !closed.aborted) hear(record);
      }, closed);
      // The head is the promise that nothing is missed from here on.
      if (!response.headersSent) response.flushHeaders();
      await ended;
      response.end();
      return given;
    },
  };
}

/** What a camera tells, a line of JSON each, once the access has been noted. */
async function lines<T>(
  { query, response, closed }: Request,
  follow: (camera: string, tell: (line: T) => void, signal: AbortSignal) => boolean,
): Promise<Answer> {
  const camera = query.get('camera') ?? '';
  let early: string[] | undefined = [];
  const tell = (line: T) => {
    if (closed.aborted) return;
    const text = `${JSON.stringify(line)}\n`;
    if (early) early.push(text);
    else response.write(text);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  };
  if (!follow(camera, tell, closed))
    throw new AnprError('camera.missing', `the agent has no camera "${camera}"`);
  closed.addEventListener('abort', () => response.end(), { once: true });
  return {
    rows: null,
    send() {
      response.setHeader('content-type', 'application/jsonl; charset=utf-8');
      response.flushHeaders();
      for (const text of early ?? []) response.write(text);
      early = undefined;
    },
  };
}

async function note({ query, response }: Request): Promise<Answer> {
  const rows = z.coerce.number().int().min(0).parse(query.get('rows'));
  query.delete('rows');
  return { rows, send: () => sendJson(response, 200, {}) };
}

async function readOf(query: URLSearchParams, handlers: ApiHandlers): Promise<JournalRecord> {
  const id = query.get('id') ?? '';
  const read = await handlers.read(id);
  if (!read) throw new AnprError('read.missing', `there is no read with id ${id}`);
  return read;
}

function sendJpeg(response: ServerResponse, jpeg: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': jpeg.byteLength });
  response.end(jpeg);
}

function sendJson(response: ServerResponse, statusCode: number, body: unknown): void {
  response.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
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
