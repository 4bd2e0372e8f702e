// The table of routes: each address of the local API, what the audit log calls it, and what it answers.

import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { JournalRecord } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { auditFilterOf, filterOf, snapshotQuery } from './filter.ts';
import { hitRoutes } from './hit-routes.ts';
import { queueRoutes } from './queue-routes.ts';
import { type Answer, type ApiHandlers, type Request, type Route, sendJson } from './route.ts';
import { follow, lines } from './streams.ts';

/** header of a snapshot: UTC epoch milliseconds */
export const CAPTURED_AT = 'x-captured-at';

export const routes: Record<string, Route> = {
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
