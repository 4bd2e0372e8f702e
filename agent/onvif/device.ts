// One camera's ONVIF service: its clock, and the addresses of its streams. HTTP POSTs, each within its time.

import { randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import {
  answerOf,
  bodies,
  envelopeText,
  mediaServiceIn,
  type Profile,
  profilesIn,
  streamUriIn,
  timeIn,
} from './messages.ts';

export interface DeviceOptions {
  /** the device service, like http://192.0.2.10/onvif/device_service */
  service: string;
  login?: { username: string; password: string } | undefined;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface Stream extends Profile {
  /** rtsp:// address, without login */
  url: string;
}

const MAX_ANSWER_BYTES = 512 * 1024;

/** Where nearly all cameras have it. */
export function serviceAt(host: string, port = 80): string {
  return `http://${host}:${port}/onvif/device_service`;
}

/** How far the camera's clock is ahead of this box's, in milliseconds. Needs no login (ONVIF Core 8.3.6). */
export async function cameraClock(options: DeviceOptions): Promise<{ aheadMs: number; roundTripMs: number }> {
  const started = Date.now();
  const answer = await ask(options.service, bodies.time, options);
  const ended = Date.now();
  const at = timeIn(answer);
  if (at === undefined) throw new Error('the camera does not tell its time');
  // It tells whole seconds: half a second has passed on average.
  return { aheadMs: at + 500 - (started + ended) / 2, roundTripMs: ended - started };
}

/** Each profile with video and its address, the largest picture first. */
export async function cameraStreams(options: DeviceOptions): Promise<Stream[]> {
  const clocked = await withClock(options);
  const media = mediaServiceIn(await ask(options.service, bodies.capabilities, clocked)) ?? options.service;
  // A camera behind a router gives its inner address: the host that answered is the one to ask.
  const service = new URL(media);
  service.host = new URL(options.service).host;
  const streams: Stream[] = [];
  for (const profile of profilesIn(await ask(service.href, bodies.profiles, clocked))) {
    const uri = streamUriIn(await ask(service.href, bodies.streamUri(profile.token), clocked));
    if (uri && URL.canParse(uri)) streams.push({ ...profile, url: withoutLogin(uri) });
  }
  return streams.sort((a, b) => (b.width ?? 0) * (b.height ?? 0) - (a.width ?? 0) * (a.height ?? 0));
}

/** Some cameras put the login into the address that they give. */
function withoutLogin(uri: string): string {
  const url = new URL(uri);
  url.username = '';
  url.password = '';
  return url.href;
}

interface Clocked extends DeviceOptions {
  aheadMs: number;
}

/** A login carries the time, and a camera whose clock is wrong wants its own. */
async function withClock(options: DeviceOptions): Promise<Clocked> {
  const { aheadMs } = await cameraClock(options).catch(() => ({ aheadMs: 0 }));
  return { ...options, aheadMs };
}

async function ask(service: string, body: string, options: DeviceOptions & { aheadMs?: number }) {
  const { login, aheadMs } = options;
  const text = envelopeText(
    body,
    login && aheadMs !== undefined
      ? { ...login, nonce: randomBytes(16), now: Date.now() + aheadMs }
      : undefined,
  );
  return answerOf(await post(service, text, options));
}

function post(service: string, text: string, { timeoutMs, signal }: DeviceOptions): Promise<string> {
  const limit = AbortSignal.timeout(timeoutMs);
  const until = signal ? AbortSignal.any([signal, limit]) : limit;
  const request = service.startsWith('https:') ? requestHttps : requestHttp;
  const headers = {
    'content-type': 'application/soap+xml; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    // Cameras sign their own certificates.
    const tls = service.startsWith('https:') ? { rejectUnauthorized: false } : {};
    const sent = request(service, { method: 'POST', headers, signal: until, ...tls }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        answer += part;
        if (answer.length > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        // A fault comes with 400 or 500, and says more than the number does.
        if (response.statusCode === 200 || answer.includes('Fault')) resolve(answer);
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    sent.on('error', (error) =>
      reject(limit.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error),
    );
    sent.end(text);
  });
}
