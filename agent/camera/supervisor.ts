// Keeps one child process a camera: starts it, takes its reads into the journal, starts it again when it ends. A
// native fault in one camera (decoder, ONNX Runtime) ends that child and nothing else.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AimReport } from '../aim/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { createPassages, type PassageKeeper } from './passages.ts';
import type { PreviewNote } from './previewing.ts';
import { type CameraProcess, useProcess } from './process.ts';
import type { CameraProcesses } from './processes.ts';
import type { CameraReport, FromChild, Software, StartMessage, ToChild } from './protocol.ts';
import { afterTick, afterWord, FIRST_PULSE, hang, TICK_MS } from './pulse-policy.ts';
import { type RestartHistory, restartAfter } from './restart-policy.ts';
import type { Snapshot } from './snapshot.ts';
import type { WitnessNote } from './witness.ts';

/** open passages get so long to be read, pictured and journalled when the agent stops */
const STOP_GRACE_MS = 4000;
/** what a process that was killed has left to the agent is journalled in a moment, or the journal takes nothing just now */
const KEEP_GRACE_MS = 2000;
/** a frame comes in a fraction of a second while the camera streams */
const SNAPSHOT_TIMEOUT_MS = 8000;

export interface StateNote {
  type: 'camera';
  /** UTC epoch milliseconds */
  at: number;
  state: CameraReport['state'];
  reason: string | null;
}

/** What an acceptance test is told: the first one says how the camera is now. */
export type CameraNote = WitnessNote | StateNote;

/** What a preview is told: the first one says how the camera is now. */
export type PreviewEvent = PreviewNote | StateNote;

export interface SupervisedCamera {
  readonly id: string;
  report(): CameraReport & { pid: number | null };
  /** How long its process has hung by now, milliseconds; 0: it lives, or there is none to hang. */
  hangsMs(): number;
  /** what reads there; null until it is loaded */
  software(): Software | null;
  /**
   * The next frame that comes, no wider than that (null: as it is).
   * @throws {AnprError} `camera.no-picture` when none comes within eight seconds
   */
  snapshot(maxWidthPx: number | null): Promise<Snapshot>;
  /** Calls back several times a second with how the camera is aimed, until the signal aborts. */
  aim(tell: (report: AimReport) => void, signal: AbortSignal): void;
  /** Calls back with what moves, what is read and how the camera is, until the signal aborts. */
  witness(tell: (note: CameraNote) => void, signal: AbortSignal): void;
  /**
   * Calls back with what somebody who watches is shown, the camera's state first, until the signal aborts.
   * @param folder where the socket with the pictures is made
   */
  preview(folder: string, tell: (event: PreviewEvent) => void, signal: AbortSignal): void;
  /** Ends the child: open passages are closed and their reads kept first. */
  close(): Promise<void>;
}

export interface SupervisorOptions extends PassageKeeper {
  start: StartMessage;
  processes: CameraProcesses;
  onChange(): void;
  log: Logger;
}

const NOTHING_YET: CameraReport = {
  state: 'starting',
  reason: null,
  since: 0,
  width: null,
  height: null,
  fps: null,
  codec: null,
  decode: null,
  framesDecoded: 0,
  framesDropped: 0,
  restarts: 0,
  looks: 0,
  sightings: 0,
  passages: 0,
  reads: 0,
  dropped: 0,
  lastReadAt: null,
};

export function superviseCamera(options: SupervisorOptions): SupervisedCamera {
  const { start, processes, onChange, log } = options;
  const stopping = new AbortController();
  let child: CameraProcess | null = null;
  let finished = false;
  const waiting = new Set<{ maxWidthPx: number | null; resolve(snapshot: Snapshot): void }>();
  const aimers = new Set<(report: AimReport) => void>();
  const witnesses = new Set<(note: CameraNote) => void>();
  const previews = new Map<string, { folder: string; tell(note: PreviewEvent): void }>();
  let software: Software | null = null;
  let report: CameraReport = { ...NOTHING_YET, since: Date.now() };
  let pulse = FIRST_PULSE;
  const send = (message: ToChild) => child?.send(message);
  const passages = createPassages(options, send, log);

  const over = () => finished || stopping.signal.aborted;

  function tell(next: CameraReport): void {
    const changed = next.state !== report.state || next.reason !== report.reason;
    report = next;
    if (!changed) return;
    onChange();
    for (const witness of witnesses) witness(stateNote());
    for (const preview of previews.values()) preview.tell(stateNote());
  }

  const stateNote = (): StateNote => ({
    type: 'camera',
    at: Date.now(),
    state: report.state,
    reason: report.reason,
  });

  function hear(message: FromChild): void {
    pulse = afterWord(pulse, message.type === 'report' ? message.report : undefined);
    if (message.type === 'report') tell(message.report);
    else if (message.type === 'models') software = message.software;
    else if (message.type === 'finished') finished = true;
    else if (message.type === 'aim') for (const tell of aimers) tell(message.report);
    else if (message.type === 'witness') for (const witness of witnesses) witness(message.note);
    else if (message.type === 'preview') previews.get(message.key)?.tell(message.note);
    else if (message.type === 'snapshot') {
      for (const { maxWidthPx, resolve } of waiting)
        if (maxWidthPx === message.maxWidthPx) resolve(message.snapshot);
    } else passages.hear(message);
  }

  /** A process that hangs is ended: what it has told is in the agent's hands. */
  function lookAfter(own: CameraProcess): void {
    pulse = afterTick(pulse);
    const found = hang(pulse);
    if (found === null || own.killed) return;
    log.error({ reason: found.reason }, 'camera process hangs and is ended');
    tell({ ...report, state: 'failed', reason: `process hung: ${found.reason}`, since: Date.now() });
    own.kill();
  }

  function taken(): CameraProcess | null {
    try {
      return useProcess(processes.take(), hear, log);
    } catch (error) {
      log.error({ code: codeOf(error) }, `camera process could not start: ${messageOf(error)}`);
      const reason = `process could not start: ${messageOf(error)}`;
      tell({ ...report, state: 'failed', reason, since: Date.now() });
      return null;
    }
  }

  async function runOnce(): Promise<{ livedMs: number }> {
    const begun = performance.now();
    pulse = FIRST_PULSE;
    const own = taken();
    if (own === null) return { livedMs: 0 };
    child = own;
    send(start);
    const looking = setInterval(() => lookAfter(own), TICK_MS);
    if (aimers.size > 0) send({ type: 'aim', on: true });
    if (witnesses.size > 0) send({ type: 'witness', on: true });
    for (const [key, { folder }] of previews) send({ type: 'preview', key, folder });
    const { exitCode, signal, how } = await own.ended;
    clearInterval(looking);
    child = null;
    passages.ended();
    if (!over()) {
      log.error({ exitCode, signal }, 'camera process ended');
      // a child that says why it can't work has told so already; that reason is worth more than its exit status
      const reason =
        report.state === 'failed' && report.reason !== null ? report.reason : `process ended: ${how}`;
      tell({ ...report, state: 'failed', reason, since: Date.now() });
    }
    return { livedMs: performance.now() - begun };
  }

  async function run(): Promise<void> {
    let history: RestartHistory = { faults: 0 };
    while (!over()) {
      const { livedMs } = await runOnce();
      if (over()) break;
      const next = restartAfter(history, livedMs, Math.random());
      history = next.history;
      log.info({ delayMs: Math.round(next.delayMs) }, 'camera process starts again');
      await sleep(next.delayMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    tell({ ...report, state: 'stopped', reason: null, since: Date.now() });
  }

  async function snapshot(maxWidthPx: number | null): Promise<Snapshot> {
    const { promise, resolve, reject } = Promise.withResolvers<Snapshot>();
    const { id } = start.camera;
    const late = () =>
      reject(
        new AnprError(
          'camera.no-picture',
          `camera ${id} sends no pictures now (${report.state}${report.reason === null ? '' : `: ${report.reason}`})`,
          `See why: anpr doctor --only camera/${id}`,
        ),
      );
    const timer = setTimeout(late, SNAPSHOT_TIMEOUT_MS);
    const one = { maxWidthPx, resolve };
    waiting.add(one);
    send({ type: 'snapshot', maxWidthPx });
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(one);
    });
  }

  /** The child begins with the first who listens and ends with the last. */
  function listen<T>(type: 'aim' | 'witness', listeners: Set<T>, listener: T, signal: AbortSignal): void {
    if (signal.aborted) return;
    if (listeners.size === 0) send({ type, on: true });
    listeners.add(listener);
    const end = () => {
      listeners.delete(listener);
      if (listeners.size === 0) send({ type, on: false });
    };
    signal.addEventListener('abort', end, { once: true });
  }

  const running = run();

  return {
    id: start.camera.id,
    report: () => ({ ...report, pid: child?.pid ?? null }),
    hangsMs: () => (child === null ? 0 : (hang(pulse)?.ms ?? 0)),
    software: () => software,
    snapshot,
    aim: (tell, signal) => listen('aim', aimers, tell, signal),
    witness(tell, signal) {
      tell(stateNote());
      listen('witness', witnesses, tell, signal);
    },
    preview(folder, tell, signal) {
      if (signal.aborted) return;
      const key = randomUUID();
      previews.set(key, { folder, tell });
      tell(stateNote());
      send({ type: 'preview', key, folder });
      const end = () => {
        previews.delete(key);
        send({ type: 'preview', key, folder: null });
      };
      signal.addEventListener('abort', end, { once: true });
    },
    async close() {
      stopping.abort();
      const own = child;
      if (own !== null) {
        send({ type: 'stop' });
        const grace = setTimeout(() => {
          log.warn('camera process did not end in time');
          own.kill();
        }, STOP_GRACE_MS);
        await running;
        clearTimeout(grace);
      }
      await running;
      await Promise.race([passages.settled(), sleep(KEEP_GRACE_MS, undefined, { ref: false })]);
    },
  };
}
