// Records what a camera does, from what the running agent tells, into the session. A disk that is full for a while costs nothing
// that was recorded.

import type { ApiClient, WitnessLine } from '../api/index.ts';
import { codeOf } from '../shared/errors.ts';
import { isExplained } from './moments-policy.ts';
import type { Session, SessionState } from './session.ts';

export interface Progress {
  /** recorded so far, without the times in which the camera sent nothing */
  elapsedMs: number;
  reads: number;
  /** acknowledged by the broker */
  sent: number;
  tally: number;
  state: { state: string; reason: string | null } | null;
  /** why the session cannot be written just now; it is tried again */
  problem: string | null;
}

export interface RecordingOptions {
  session: Session;
  api: Pick<ApiClient, 'witness'>;
  limits: { ms: number; passages: number };
  /** ends the recording */
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

const SAVE_EVERY_MS = 5000;
const PROGRESS_EVERY_MS = 500;
/** some 80 MB; moments beyond are counted and not shown */
const MOST_PICTURES = 1200;
export const VIEW_PICTURE = 'view.jpg';

/**
 * Resolves when the limits are reached or the signal aborts.
 * @returns whether the limits were reached
 * @throws {AnprError} `api.lost`, `camera.missing`, `commission.unwritable` (when it cannot be written at the end)
 */
export async function record(options: RecordingOptions): Promise<boolean> {
  const { session, api, limits, signal, onProgress } = options;
  const { state } = session;
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const segment = { from: Date.now(), to: Date.now() };
  let problem: string | null = null;
  let isReached = false;

  function tick(): void {
    segment.to = Date.now();
    const progress = progressOf(state, problem);
    onProgress(progress);
    if (progress.elapsedMs < limits.ms && progress.reads < limits.passages) return;
    isReached = true;
    ending.abort();
  }
  function save(): void {
    try {
      session.save();
      problem = null;
    } catch (error) {
      problem = (error as Error).message;
    }
  }

  const lines = await api.witness(state.camera, ended);
  segment.from = Date.now();
  state.segments.push(segment);
  const ticking = setInterval(tick, PROGRESS_EVERY_MS);
  const saving = setInterval(save, SAVE_EVERY_MS);
  try {
    for await (const line of lines) {
      segment.to = Date.now();
      try {
        noted(session, line);
      } catch (error) {
        if (codeOf(error) !== 'commission.unwritable') throw error;
        problem = (error as Error).message;
      }
    }
  } finally {
    clearInterval(ticking);
    clearInterval(saving);
    segment.to = Date.now();
    endInterruption(state, segment.to);
    state.state = null;
    // what ended it is worth more than a disk that is full
    save();
  }
  if (problem !== null) session.save();
  return isReached;
}

/** Takes a line into the session. */
export function noted(session: Session, line: WitnessLine): void {
  const { state } = session;
  if (line.type === 'motion') state.motions.push({ from: line.from, to: line.to });
  else if (line.type === 'sent') state.sent[line.id] = line.at;
  else if (line.type === 'camera') {
    endInterruption(state, line.at);
    state.state = { at: line.at, state: line.state, reason: line.reason };
  } else if (line.type === 'passage') {
    const { from, to, outcome, plate } = line;
    state.passages.push({ from, to, outcome, plate });
    const gone = state.pictures.filter((at) => isExplained(at, [{ from, to, outcome }]));
    if (gone.length === 0) return;
    state.pictures = state.pictures.filter((at) => !gone.includes(at));
    for (const at of gone) session.forgetPicture(`${at}.jpg`);
  } else if (line.of === 'view') {
    session.keepPicture(VIEW_PICTURE, Buffer.from(line.jpeg, 'base64'));
    state.hasView = true;
  } else if (state.pictures.length < MOST_PICTURES && !isExplained(line.at, state.passages.slice(-20))) {
    session.keepPicture(`${line.at}.jpg`, Buffer.from(line.jpeg, 'base64'));
    state.pictures.push(line.at);
  }
}

function endInterruption(state: SessionState, at: number): void {
  const before = state.state;
  if (before && before.state !== 'streaming' && at > before.at)
    state.interruptions.push({ from: before.at, to: at, state: before.state, reason: before.reason });
}

export function recordedMs({ segments, interruptions, state }: SessionState): number {
  const open = state && state.state !== 'streaming' ? [{ from: state.at, to: Date.now() }] : [];
  const lost = [...interruptions, ...open];
  return segments.reduce((sum, segment) => {
    const without = lost.reduce(
      (all, { from, to }) => all + Math.max(0, Math.min(to, segment.to) - Math.max(from, segment.from)),
      0,
    );
    return sum + Math.max(0, segment.to - segment.from - without);
  }, 0);
}

export function progressOf(state: SessionState, problem: string | null): Progress {
  return {
    elapsedMs: recordedMs(state),
    // One that was under way when the recording began may belong to the time before.
    reads: state.passages.filter(
      ({ outcome, from }) => outcome === 'read' && state.segments.some((each) => from >= each.from),
    ).length,
    sent: Object.keys(state.sent).length,
    tally: state.tally,
    state: state.state,
    problem,
  };
}
