// An acceptance test under way: all that was recorded and answered so far, in a folder of its own, so that a technician
// who is called away goes on where he was. It holds plates and pictures: the folder is for its owner alone, and it is
// removed once the report is written.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SeenPlate } from '../camera/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { whyNotWritten } from '../shared/file-fault.ts';
import type { Box } from '../shared/geometry.ts';
import { type FileRights, replaceFile } from '../shared/replace-file.ts';
import type { Moment } from './moments-policy.ts';
import type { MomentAnswer, ReadAnswer } from './review-policy.ts';

/** Times are UTC epoch milliseconds. */
export interface RecordedRead {
  id: string;
  text: string;
  confidence: number;
  widthPx: number;
  /** where the plate lies in its patch: left, top, width, height; null: not known */
  patch: Box | null;
  capturedAt: number;
  firstSeen: number;
  lastSeen: number;
  /** the broker's acknowledgement; null: none came */
  sentAt: number | null;
  clock: { synchronised: boolean | null; offsetMs: number | null };
}

export interface Span {
  from: number;
  to: number;
}

export interface Interruption extends Span {
  state: string;
  reason: string | null;
}

export interface ProbeLine {
  id: string;
  verdict: 'ok' | 'warn' | 'fail';
  finding: string;
  measured: string;
  data: Record<string, unknown>;
}

/** What the technician says of the place. */
export interface Mounting {
  lens: string | null;
  heightM: number | null;
  distanceM: number | null;
  note: string | null;
}

export interface SessionState {
  version: 1;
  id: string;
  camera: string;
  site: string;
  box: string;
  begunAt: number;
  phase: 'recording' | 'review';
  by: { name: string; company: string | null };
  mounting: Mounting;
  /** the times during which it was recorded */
  segments: Span[];
  interruptions: Interruption[];
  /** the camera's last state, for the interruption that is open */
  state: { at: number; state: string; reason: string | null } | null;
  motions: Span[];
  passages: (Span & { outcome: string; plate: SeenPlate | null })[];
  /** times of pictures of motion; their files are `at`.jpg */
  pictures: number[];
  hasView: boolean;
  sent: Record<string, number>;
  /** vehicles that the technician counted by a key, and by number at the end */
  tally: number;
  counted: number | null;
  probes: ProbeLine[];
  picture: { width: number | null; height: number | null; fps: number | null; decode: string | null };
  /** filled when the recording has ended */
  reads: RecordedRead[];
  sample: string[];
  moments: Moment[];
  momentsFound: number;
  answers: Record<string, ReadAnswer>;
  momentAnswers: Record<string, MomentAnswer>;
}

export interface Session {
  readonly state: SessionState;
  readonly folder: string;
  /** it was there already */
  readonly resumed: boolean;
  /** Writes the state. Throws `commission.unwritable`. */
  save(): void;
  keepPicture(name: string, jpeg: Uint8Array): void;
  picture(name: string): Buffer | undefined;
  forgetPicture(name: string): void;
  remove(): void;
}

export interface SessionStart {
  output: string;
  camera: string;
  site: string;
  box: string;
  anew: boolean;
  now: number;
}

/** Where an unfinished test of a camera lies. */
export const sessionFolderOf = (output: string, camera: string) => join(output, `.commission-${camera}`);

/**
 * The unfinished test of this camera in the folder, or a new one.
 * @throws {AnprError} `commission.unwritable`, `commission.session`
 */
export function openSession({ output, camera, site, box, anew, now }: SessionStart): Session {
  const folder = sessionFolderOf(output, camera);
  const file = join(folder, 'session.json');
  if (anew) rmSync(folder, { recursive: true, force: true });
  const found = readState(file, { site, box });
  const state: SessionState = found ?? {
    ...{ version: 1, id: randomUUID(), camera, site, box, begunAt: now, phase: 'recording' },
    by: { name: '', company: null },
    mounting: { lens: null, heightM: null, distanceM: null, note: null },
    ...{ segments: [], interruptions: [], state: null, motions: [], passages: [], pictures: [] },
    ...{ hasView: false, sent: {}, tally: 0, counted: null, probes: [] },
    picture: { width: null, height: null, fps: null, decode: null },
    ...{ reads: [], sample: [], moments: [], momentsFound: 0, answers: {}, momentAnswers: {} },
  };
  const session: Session = {
    state,
    folder,
    resumed: found !== undefined,
    save: () => writeWhole(file, JSON.stringify(state), { mode: 0o600 }),
    keepPicture(name, jpeg) {
      try {
        writeFileSync(join(folder, name), jpeg, { mode: 0o600 });
      } catch (error) {
        throw unwritable(folder, error);
      }
    },
    picture(name) {
      try {
        return readFileSync(join(folder, name));
      } catch {
        return undefined;
      }
    },
    forgetPicture: (name) => rmSync(join(folder, name), { force: true }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  try {
    mkdirSync(output, { recursive: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(folder, error);
  }
  session.save();
  return session;
}

function readState(file: string, { site, box }: { site: string; box: string }): SessionState | undefined {
  const wrong = (what: string) =>
    new AnprError(
      'commission.session',
      `the unfinished test in ${file} ${what}`,
      'Begin a new one with --anew: what was recorded there is thrown away.',
    );
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw wrong(`cannot be read: ${messageOf(error)}`);
  }
  let state: SessionState;
  try {
    state = JSON.parse(text) as SessionState;
  } catch {
    throw wrong('is damaged');
  }
  if (state?.version !== 1) throw wrong('is of another version of anpr');
  if (state.site !== site || state.box !== box) throw wrong(`is of ${state.site}/${state.box}`);
  return state;
}

/** The old file or the new one, never a half. @throws {AnprError} `commission.unwritable` */
export function writeWhole(file: string, content: string, rights: FileRights): void {
  try {
    replaceFile(file, content, rights);
  } catch (error) {
    throw unwritable(dirname(file), error);
  }
}

export function unwritable(folder: string, error: unknown): AnprError {
  const isFull = codeOf(error) === 'ENOSPC';
  return new AnprError(
    'commission.unwritable',
    `cannot write into ${folder}: ${whyNotWritten(error)}`,
    isFull
      ? 'Make room and give the same command again: it goes on where it was.'
      : 'Name a folder that this user may write to with --output.',
    { cause: error },
  );
}
