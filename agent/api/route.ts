// What a route of the local API is: what it is given, and what it makes of it.

import type { ServerResponse } from 'node:http';
import type { AimReport } from '../aim/index.ts';
import type { whoAsks } from '../audit/index.ts';
import type { PreviewEvent } from '../camera/index.ts';
import type { AuditAction, AuditEntry } from '../contract/index.ts';
import type { AuditFilter, JournalRecord, ReadFilter } from '../journal/index.ts';
import type { HitHandlers } from './hit-routes.ts';
import type { QueueHandlers } from './queue-routes.ts';
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

export interface Request {
  query: URLSearchParams;
  response: ServerResponse;
  handlers: ApiHandlers;
  closed: AbortSignal;
  who(): ReturnType<typeof whoAsks>;
}

export interface Answer {
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

export function sendJson(response: ServerResponse, statusCode: number, body: unknown): void {
  response.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
