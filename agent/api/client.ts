// The commands' side of the local API. What arrives is checked against the same schemas that the agent answers by: a
// command and an agent of different versions fail with a sentence, not with `undefined`.

import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import type { AimReport } from '../aim/index.ts';
import { introduce } from '../audit/index.ts';
import type { PreviewEvent } from '../camera/index.ts';
import type { HitCommand, HitState } from '../contract/index.ts';
import type { ShownHit } from '../hits/index.ts';
import type { AuditFilter, HitFilter, JournalRecord, QueueState, ReadFilter } from '../journal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { aimReport } from './aim.ts';
import { queryOf } from './filter.ts';
import { hitDecided, shownHit } from './hit-routes.ts';
import { previewEvent } from './preview.ts';
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

const TIMEOUT_MS = 10_000;

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

async function* follow<T>(
  response: IncomingMessage,
  check: (value: unknown) => T,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  try {
    for await (const line of linesOf(response)) yield understood(check, parsed(line));
  } catch (error) {
    if (!signal.aborted) throw error instanceof AnprError ? error : lost(error);
  } finally {
    response.destroy();
  }
  if (!signal.aborted) throw lost();
}

interface Asked {
  socketPath: string;
  path: string;
  method: 'GET' | 'POST';
  /** its time-out or end */
  signal: AbortSignal;
  reason: string | undefined;
}

/** A response with status 200. */
function openAt({ socketPath, path, method, signal, reason }: Asked): Promise<IncomingMessage> {
  const { headers, done } = introduce(socketPath, reason);
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      { socketPath, path, method, signal, headers: { host: 'agent', ...headers } },
      (response) => {
        if (response.statusCode === 200) {
          resolve(response);
          return;
        }
        textOf(response).then((text) => reject(failed(text)), reject);
      },
    );
    sent.once('error', (error) => reject(unreachable(error, socketPath)));
    sent.end();
  }).finally(done);
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response) {
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += part;
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AnprError('api.failed', 'the agent answered with something that is no JSON');
  }
}

function understood<T>(check: (value: unknown) => T, value: unknown): T {
  try {
    return check(value);
  } catch (error) {
    throw new AnprError(
      'api.version',
      `the agent's answer is not what this command knows: ${messageOf(error)}`,
      'The running agent and this command are of different versions: restart the agent.',
      { cause: error },
    );
  }
}

function failed(text: string): AnprError {
  const { error } = parsed(text) as { error?: { code?: string; message?: string; remedy?: string } };
  return new AnprError(
    error?.code ?? 'api.failed',
    `the agent says: ${error?.message ?? text}`,
    error?.remedy,
  );
}

function unreachable(error: unknown, socketPath: string): AnprError {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return notRunning(socketPath);
    case 'EACCES':
    case 'EPERM':
      return new AnprError(
        'api.forbidden',
        `this user may not talk to the agent at ${socketPath}`,
        'Run this with sudo, or add the user to the group anpr.',
      );
    case 'ABORT_ERR':
    case 'TimeoutError':
      return new AnprError('api.failed', `the agent did not answer within ${TIMEOUT_MS / 1000} s`);
    default:
      return lost(error);
  }
}

function notRunning(socketPath: string): AnprError {
  return new AnprError(
    'api.not-running',
    `no agent answers at ${socketPath}`,
    'Start it with anpr run (or systemctl start anpr), or name its configuration with --config.',
  );
}

function lost(error?: unknown): AnprError {
  return new AnprError(
    'api.lost',
    `the connection to the agent ended${error ? `: ${messageOf(error)}` : ''}`,
    'See whether it still runs: anpr status',
  );
}
