// Why a camera that is being aimed sends no pictures: on a pole nobody wants to guess whether it is the cable.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api/index.ts';
import type { Output } from './output.ts';
import type { Screen } from './screen.ts';
import { printable, wrap } from './table.ts';

const ASKED_EVERY_MS = 2000;

export interface Trouble {
  /** null: pictures come */
  readonly reason: string | null;
  /** Shows it where it is another than before. */
  tell(reason: string | null): void;
}

/** On the screen in place of the numbers; where there is none, on stderr: stdout is for numbers. */
export function createTrouble(camera: string, output: Output, screen: Pick<Screen, 'draw'>): Trouble {
  let now: string | null = null;
  return {
    get reason() {
      return now;
    },
    tell(reason) {
      if (reason === now) return;
      now = reason;
      if (reason === null) return;
      const text = `${camera}: no pictures: ${printable(reason)}`;
      if (output.live) screen.draw([...wrap(text, output.width), '', 'q or Ctrl-C ends']);
      else process.stderr.write(`${text}\n`);
    },
  };
}

/** Asks the agent how the camera is, until the signal aborts. */
export async function followTrouble(
  api: Pick<ApiClient, 'status'>,
  camera: string,
  trouble: Trouble,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // that the agent has gone, the numbers' end tells
    const status = await api.status().catch(() => undefined);
    const seen = status?.cameras.find(({ id }) => id === camera);
    if (seen && !signal.aborted)
      trouble.tell(seen.state === 'streaming' ? null : (seen.reason ?? seen.state));
    await sleep(ASKED_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
