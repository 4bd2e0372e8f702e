// The commands' side of the local API. What arrives is checked against the same schemas that the agent answers by: a
// command and an agent of different versions fail with a sentence, not with `undefined`.

import { z } from 'zod';
import type { AimReport } from '../aim/index.ts';
import type { PreviewEvent } from '../camera/index.ts';
import type { HitCommand, HitState } from '../contract/index.ts';
import type { ShownHit } from '../hits/index.ts';
import type { AuditFilter, HitFilter, JournalRecord, QueueState, ReadFilter } from '../journal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { aimReport } from './aim.ts';
import { queryOf } from './filter.ts';
import { hitDecided, shownHit } from './hit-routes.ts';
import { previewEvent } from './preview.ts';
import {
  bytesOf,
  follow,
  linesOf,
  notRunning,
  openAt,
  parsed,
  TIMEOUT_MS,
  textOf,
  understood,
} from './question.ts';
import { queueStateOf } from './queue.ts';
import { recordOf } from './record.ts';
import { CAPTURED_AT } from './routes.ts';
import { answers } from './socket.ts';
import { type AgentStatus, agentStatus, type ReloadAnswer, reloadAnswer } from './status.ts';
import { type WitnessLine, witnessLine } from './witness.ts';

export interface ApiClient {
  status(): Promise<AgentStatus>;
  /** as Prometheus reads them */
  metrics(): Promise<string>;
  /** newest first */
  reads(filter?: ReadFilter): Promise<JournalRecord[]>;
  /** audit records, newest first */
  audits(filter?: AuditFilter): Promise<JournalRecord[]>;
  /** Throws `read.missing`. */
  read(id: string): Promise<JournalRecord>;
  /** Forgets a read, its hits and pictures; how many records that were. Throws `read.missing`, `audit.no-reason`. */
  erase(id: string): Promise<number>;
  /** JPEG; undefined when it is not (or no longer) there */
  picture(id: string, kind: 'plate' | 'overview'): Promise<Buffer | undefined>;
  /** What the camera sees now, averaged down to at most that width. Throws `camera.missing`, `camera.no-picture`. */
  snapshot(camera: string, maxWidthPx?: number): Promise<{ jpeg: Buffer; capturedAt: number }>;
  /** How a camera is aimed, several times a second, until the signal aborts. Throws `camera.missing`, `api.lost`. */
  aim(camera: string, signal: AbortSignal): Promise<AsyncGenerator<AimReport, void>>;
  /** What an acceptance test has to know of a camera, until the signal aborts. Throws as `aim` does. */
  witness(camera: string, signal: AbortSignal): Promise<AsyncGenerator<WitnessLine, void>>;
  /** Has the agent look at its configuration again. Throws `config.*`: what is wrong with it. */
  reload(): Promise<ReloadAnswer>;
  /** Has what a command does with the lists' files noted, before it does it. Throws `audit.not-kept`, `audit.no-reason`. */
  note(action: 'list' | 'entries', filter: Record<string, string | number>, rows: number): Promise<void>;
  /** What a preview shows of a camera, until the signal aborts. Throws as `aim` does. */
  preview(camera: string, signal: AbortSignal): Promise<AsyncGenerator<PreviewEvent, void>>;
  /** newest first */
  hits(filter?: HitFilter): Promise<ShownHit[]>;
  /** Throws `hit.unknown`. */
  hit(id: string): Promise<ShownHit>;
  /** Throws `hit.unknown`, `hit.refused`. */
  decideHit(id: string, decision: Pick<HitCommand, 'action' | 'cause' | 'note'>): Promise<HitState>;
  queue(): Promise<QueueState>;
  /** Throw `journal.no-dead-letter`, `journal.damaged-record`, `journal.needed`. */
  retryDead(id: string): Promise<void>;
  dropDead(id: string): Promise<void>;
  /** Lines of an export, without line ends; the last one counts them. */
  exportLines(options: { from?: number; to?: number; pictures: boolean }): AsyncGenerator<string, void>;
  /**
   * Resolves once the agent follows: each new read from then on, until the signal aborts (it ends) or the agent stops
   * (it throws `api.lost`).
   */
  followReads(filter: ReadFilter, signal: AbortSignal): Promise<AsyncGenerator<JournalRecord, void>>;
}

export interface ClientOptions {
  /** why somebody looks, for the audit log */
  reason?: string | undefined;
}

/**
 * A client of the agent that listens at `socketPath`. Throws `api.not-running` when none does; its methods throw that
 * too, `api.forbidden` when this user may not ask, `api.failed` when the agent cannot answer.
 */
export async function connectApi(socketPath: string, { reason }: ClientOptions = {}): Promise<ApiClient> {
  if (!(await answers(socketPath))) throw notRunning(socketPath);

  const open = (path: string, signal: AbortSignal, method?: 'POST') =>
    openAt({ socketPath, path, signal, reason, method: method ?? 'GET' });

  async function get(path: string): Promise<unknown> {
    const response = await open(path, AbortSignal.timeout(TIMEOUT_MS));
    return parsed(await textOf(response));
  }

  async function post(path: string): Promise<unknown> {
    return parsed(await textOf(await open(path, AbortSignal.timeout(TIMEOUT_MS), 'POST')));
  }

  async function postFor(path: string, id: string): Promise<void> {
    await post(`${path}?${new URLSearchParams({ id })}`);
  }

  return {
    status: async () => understood(agentStatus.parse, await get('/1/status')),
    metrics: async () => textOf(await open('/1/metrics', AbortSignal.timeout(TIMEOUT_MS))),
    reads: async (filter = {}) => {
      const answer = await get(`/1/reads?${queryOf(filter)}`);
      return understood((value) => (value as unknown[]).map(recordOf), answer);
    },
    read: async (id) => understood(recordOf, await get(`/1/read?${new URLSearchParams({ id })}`)),
    erase: async (id) => {
      const answer = await post(`/1/read/erase?${new URLSearchParams({ id })}`);
      return understood(z.object({ erased: z.int() }).parse, answer).erased;
    },
    picture: async (id, kind) => {
      const query = new URLSearchParams({ id, kind });
      try {
        return await bytesOf(await open(`/1/picture?${query}`, AbortSignal.timeout(TIMEOUT_MS)));
      } catch (error) {
        if (codeOf(error) === 'read.no-picture') return undefined;
        throw error;
      }
    },
    snapshot: async (camera, maxWidthPx) => {
      const path = `/1/snapshot?${queryOf({ camera, width: maxWidthPx })}`;
      const response = await open(path, AbortSignal.timeout(TIMEOUT_MS));
      return { jpeg: await bytesOf(response), capturedAt: Number(response.headers[CAPTURED_AT]) };
    },
    aim: async (camera, signal) => {
      const path = `/1/aim?${new URLSearchParams({ camera })}`;
      return follow(await open(path, signal), aimReport.parse, signal);
    },
    preview: async (camera, signal) => {
      const path = `/1/preview?${new URLSearchParams({ camera })}`;
      return follow(await open(path, signal), previewEvent.parse, signal);
    },
    witness: async (camera, signal) => {
      const path = `/1/witness?${new URLSearchParams({ camera })}`;
      return follow(await open(path, signal), witnessLine.parse, signal);
    },
    hits: async (filter = {}) =>
      understood(z.array(shownHit).parse, await get(`/1/hits?of=hits&${queryOf(filter)}`)),
    hit: async (id) =>
      understood(shownHit.parse, await get(`/1/hit?${new URLSearchParams({ of: 'hits', id })}`)),
    decideHit: async (id, decision) => {
      const query = queryOf({ id, ...decision });
      const response = await open(`/1/hit/decide?${query}`, AbortSignal.timeout(TIMEOUT_MS), 'POST');
      return understood(hitDecided.parse, parsed(await textOf(response))).state;
    },
    audits: async (filter = {}) => {
      const answer = await get(`/1/audit?${queryOf(filter)}`);
      return understood((value) => (value as unknown[]).map(recordOf), answer);
    },
    async note(action, filter, rows) {
      const texts = Object.entries(filter).map(([name, value]) => [name, String(value)]);
      const query = new URLSearchParams({ ...Object.fromEntries(texts), rows: String(rows) });
      await post(`/1/note/${action}?${query}`);
    },
    queue: async () => understood(queueStateOf, await get('/1/queue')),
    reload: async () => understood(reloadAnswer.parse, await post('/1/config/reload')),
    retryDead: (id) => postFor('/1/queue/retry', id),
    dropDead: (id) => postFor('/1/queue/drop', id),
    async *exportLines({ from, to, pictures }) {
      const query = new URLSearchParams({ pictures: String(pictures) });
      if (from !== undefined) query.set('from', String(from));
      if (to !== undefined) query.set('to', String(to));
      const gone = new AbortController();
      const response = await open(`/1/export?${query}`, gone.signal);
      try {
        yield* linesOf(response);
      } finally {
        gone.abort();
      }
    },
    followReads: async (filter, signal) =>
      follow(await open(`/1/reads/follow?${queryOf(filter)}`, signal), recordOf, signal),
  };
}
