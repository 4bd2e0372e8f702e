// Whether the agent may tell systemd that it is well. Pure. A camera that is off, a broker that is away or a disk that is
// full is no reason to be started again: only what a new start cures is, and that is something that no longer moves.

import { countText } from '../shared/quantities.ts';

/** What is looked at before each sign of life. */
export interface Vitals {
  /** how long the journal's writer has owed an answer that it was asked for a sign of life ago; null: it answers */
  journalSilentMs: number | null;
  cameras: readonly CameraVitals[];
}

export interface CameraVitals {
  id: string;
  /** milliseconds, how long its process has said nothing, or frames came and none was taken; 0: it lives, or there is none */
  hangsMs: number;
}

/** A process that hangs is ended by its supervisor after 30 s (agent/camera/pulse-policy.ts): this is when that did not help. */
export const CAMERA_HANGS_MS = 90_000;

/** Why there is to be no sign of life; null: all is well. */
export function illness({ journalSilentMs, cameras }: Vitals): string | null {
  if (journalSilentMs !== null)
    return `the journal's writer has not answered for ${seconds(journalSilentMs)}`;
  const hung = cameras.find(({ hangsMs }) => hangsMs >= CAMERA_HANGS_MS);
  return hung === undefined
    ? null
    : `the process of camera ${hung.id} hangs for ${seconds(hung.hangsMs)} and cannot be ended`;
}

const seconds = (ms: number) => `${Math.floor(ms / 1000)} s`;

/** Three signs of life fit into what systemd waits for one: a commit that makes room on a slow card may hold two up. */
export function beatEveryMs(watchdogMs: number): number {
  return Math.max(100, Math.floor(watchdogMs / 3));
}

/** What `systemctl status` shows of it, in a line. */
export function statusLine(facts: {
  cameras: readonly { state: string }[];
  waiting: { reads: number; reason: string | null };
  /** its state */
  uplink: string;
}): string {
  const { cameras, waiting, uplink } = facts;
  const streaming = cameras.filter(({ state }) => state === 'streaming').length;
  return [
    `${streaming} of ${countText(cameras.length, 'camera')} streaming`,
    uplink === 'off' ? 'no uplink configured' : `uplink ${uplink}`,
    ...(waiting.reason === null
      ? []
      : [`${countText(waiting.reads, 'read waits', 'reads wait')}: ${waiting.reason}`]),
  ].join('; ');
}
