// Hits and what people make of them: the routes behind `anpr hits`.

import { z } from 'zod';
import {
  type HitCommand,
  type HitState,
  hitActions,
  hitMatch,
  hitRead,
  hitStates,
  rejectionCauses,
} from '../contract/index.ts';
import type { ShownHit } from '../hits/index.ts';
import type { HitFilter } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { type Route, sendJson } from './route.ts';

export interface HitHandlers {
  /** newest first */
  hits(filter: HitFilter): Promise<ShownHit[]>;
  /** undefined: there is no such hit */
  hit(id: string): Promise<ShownHit | undefined>;
  /** @param who name of who decided. Rejects with `hit.unknown`, `hit.refused` */
  decideHit(
    id: string,
    decision: Pick<HitCommand, 'action' | 'cause' | 'note'>,
    who: string | null,
  ): Promise<HitState>;
}

const MAX_HITS = 1000;

/** `of` is for the audit log: what was looked at. */
export const hitsQuery = z.strictObject({
  of: z.literal('hits').optional(),
  from: z.coerce.number().optional().describe('UTC epoch milliseconds'),
  to: z.coerce.number().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_HITS).optional(),
});
export const hitQuery = z.strictObject({ of: z.literal('hits').optional(), id: z.string().min(1).max(64) });
export const decisionQuery = z.strictObject({
  id: z.string().min(1).max(64),
  action: z.enum(hitActions),
  cause: z.enum(rejectionCauses).optional(),
  note: z.string().max(1000).optional(),
});

export const shownHit = z.object({
  id: z.string(),
  readId: z.string(),
  camera: z.string(),
  raisedAt: z.number(),
  state: z.enum(hitStates),
  basis: z.enum(['passage', 'read']),
  priority: z.int(),
  match: hitMatch.nullable(),
  read: hitRead.nullable(),
  reminders: z.int(),
  history: z.array(
    z.object({
      at: z.number(),
      event: z.string(),
      by: z.string().nullable(),
      via: z.string(),
      note: z.string().nullable(),
    }),
  ),
});

export const hitDecided = z.object({ state: z.enum(hitStates) });

export const hitRoutes: Record<string, Route> = {
  '/1/hits': {
    action: 'reads',
    async ask({ query, response, handlers }) {
      const { from, to, limit } = hitsQuery.parse(Object.fromEntries(query));
      const hits = await handlers.hits({
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(limit !== undefined && { limit }),
      });
      return { rows: hits.length, send: () => sendJson(response, 200, hits) };
    },
  },
  '/1/hit': {
    action: 'show',
    async ask({ query, response, handlers }) {
      const { id } = hitQuery.parse(Object.fromEntries(query));
      const hit = await handlers.hit(id);
      if (!hit) throw new AnprError('hit.unknown', `there is no hit with the id ${id}`, 'See: anpr hits');
      return { rows: 1, send: () => sendJson(response, 200, hit) };
    },
  },
  // What is decided is itself a record, with who decided it.
  '/1/hit/decide': {
    method: 'POST',
    action: null,
    async ask({ query, response, handlers, who }) {
      const { id, action, cause, note } = decisionQuery.parse(Object.fromEntries(query));
      const { sudoUser, user, uid } = who();
      const name = sudoUser ?? user ?? (uid === null ? null : `uid ${uid}`);
      const decision = { action, ...(cause && { cause }), ...(note && { note }) };
      const state = await handlers.decideHit(id, decision, name);
      return { rows: null, send: () => sendJson(response, 200, { state }) };
    },
  },
};
