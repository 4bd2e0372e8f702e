// To the platform over HTTP, one after the other, so that the order holds: a context broker takes a list of entities, a listener
// for Hikvision's cameras takes what they send: a form with anpr.xml and the pictures.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../agent/shared/errors.ts';
import type { ExportedPicture } from '../../agent/shared/exported-lines.ts';
import { PICTURE_NAMES } from '../../config/contract/adapters/index.ts';

export interface Outgoing {
  /** ends with a line end */
  body: string;
  pictures: readonly ExportedPicture[];
}

export interface PostOptions {
  url: string;
  platform: 'fiware' | 'hikvision';
  headers: [name: string, value: string][];
  /** pauses between attempts */
  pausesMs?: readonly number[];
}

const PAUSES_MS = [1000, 2000, 5000];
const ANSWER_MS = 30_000;

/** Sends one; what a platform refuses (4xx) is not sent again, what it cannot take now (5xx, no answer) is. @throws what it said last */
export function createPoster({ url, platform, headers, pausesMs = PAUSES_MS }: PostOptions) {
  return async (outgoing: Outgoing): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const problem = await attemptTo(url, request(platform, headers, outgoing));
      if (!problem) return;
      const pauseMs = pausesMs[attempt];
      if (!problem.mayPass || pauseMs === undefined)
        throw new Error(`not taken by ${new URL(url).host}: ${problem.why}`);
      await sleep(pauseMs);
    }
  };
}

async function attemptTo(
  url: string,
  init: RequestInit,
): Promise<{ why: string; mayPass: boolean } | undefined> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
    const text = (await answer.text()).replaceAll(/\s+/g, ' ').slice(0, 200);
    // 207: some of what was sent was not taken.
    if (answer.ok && answer.status !== 207) return undefined;
    return { why: `${answer.status} ${answer.statusText} ${text}`.trim(), mayPass: answer.status >= 500 };
  } catch (error) {
    const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : '';
    return { why: `${messageOf(error)}${cause}`, mayPass: true };
  }
}

function request(
  platform: PostOptions['platform'],
  headers: PostOptions['headers'],
  { body, pictures }: Outgoing,
): RequestInit {
  if (platform === 'fiware')
    return {
      method: 'POST',
      headers: [['content-type', 'application/ld+json'], ...headers],
      body: `[${body.trimEnd()}]`,
    };
  const form = new FormData();
  form.append('anpr.xml', new Blob([body], { type: 'application/xml' }), 'anpr.xml');
  for (const { kind, jpeg } of pictures) {
    const name = `${PICTURE_NAMES[kind]}.jpg`;
    form.append(name, new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' }), name);
  }
  return { method: 'POST', headers, body: form };
}
