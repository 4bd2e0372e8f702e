// Each camera, from its name to its frames: where the way to it ends is where the trouble is. When the agent streams
// from it already, its frames are not asked for again: many cameras allow one viewer only.

import { existsSync, statSync } from 'node:fs';
import { type CameraConfig, readSecret } from '../../config/index.ts';
import { messageOf } from '../../shared/errors.ts';
import { frameFinding } from '../frames-policy.ts';
import { type Probe, type ProbeContext, type ProbeResult, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import type { Description } from '../rtsp/describe.ts';

const STEP_TIMEOUT_MS = 3000;
const WATCH_SECONDS = 2.5;
const WATCH_TIMEOUT_MS = 9000;

const findings = {
  good: { verdict: 'ok', cause: 'the camera delivers frames', advice: null },
  disabled: { verdict: 'ok', cause: 'the camera is configured with enabled: false', advice: null },
  'no-password': {
    verdict: 'fail',
    cause: 'the password file is missing, empty or not readable for this user',
    advice:
      'Put the password into the file that passwordFile names; run anpr doctor with sudo if only the agent may read it.',
  },
  'no-file': {
    verdict: 'fail',
    cause: 'the recorded video is not there',
    advice: 'Correct the path in url.',
  },
  'no-name': {
    verdict: 'fail',
    cause: "the camera's name does not resolve to an address",
    advice: "Correct the name in url, use the camera's IP address, or mend name resolution on this box.",
  },
  unreachable: {
    verdict: 'fail',
    cause: "nothing answers at the camera's address",
    advice: 'Look at its power and cable, at its IP address, and at the network between: ping {address}.',
  },
  'nothing-listens': {
    verdict: 'fail',
    cause: 'the address answers, but nothing listens on the RTSP port',
    advice: "Switch RTSP on in the camera's settings, or correct the port in url.",
  },
  silent: {
    verdict: 'fail',
    cause: 'the connection opens, but no answer comes',
    advice:
      'Restart the camera; if it stays so, look for a firewall or proxy that takes the connection in its place.',
  },
  closed: {
    verdict: 'fail',
    cause: 'the camera closes the connection without an answer',
    advice: 'It may lock out addresses after wrong passwords: wait some minutes, or restart the camera.',
  },
  'not-rtsp': {
    verdict: 'fail',
    cause: 'something else than RTSP answers on this port',
    advice: 'Correct the port in url; RTSP is usually on 554.',
  },
  tls: {
    verdict: 'fail',
    cause: 'RTSP over TLS does not come about',
    advice: 'Use rtsp:// if the camera has no TLS, or correct the port in url.',
  },
  'login-wanted': {
    verdict: 'fail',
    cause: 'the camera wants a login, none is configured',
    advice: 'Set username and passwordFile of this camera.',
  },
  'login-refused': {
    verdict: 'fail',
    cause: 'the camera refuses user name or password',
    advice: "Correct username and passwordFile; the camera's own page shows whether they are right.",
  },
  forbidden: {
    verdict: 'fail',
    cause: 'the login is right, but may not see this stream',
    advice: "Give the user the right to see live video in the camera's settings.",
  },
  'not-found': {
    verdict: 'fail',
    cause: 'the camera has no stream at this path',
    advice: "Correct the path in url; the camera's manual or its ONVIF profile names it.",
  },
  busy: {
    verdict: 'fail',
    cause: 'the camera has no session left',
    advice: 'End other viewers of this camera; a restart of the camera frees sessions that hang.',
  },
  moved: {
    verdict: 'fail',
    cause: 'the camera sends viewers to another address',
    advice: 'Use that address in url.',
  },
  refused: {
    verdict: 'fail',
    cause: 'the camera answers with another error',
    advice: "Look the answer up in the camera's manual; a restart of the camera helps often.",
  },
  'no-video': {
    verdict: 'fail',
    cause: 'the stream has no video',
    advice: 'Choose another stream of the camera in url.',
  },
  'no-frames': {
    verdict: 'fail',
    cause: 'the camera describes its stream, but no frames come',
    advice:
      'Try transport: udp (or tcp), and another stream of the camera; restart the camera if it stays so.',
  },
  slow: {
    verdict: 'warn',
    cause: 'fewer than 8 frames a second come',
    advice: "Raise the frame rate in the camera's settings to 15 or more, and its shutter speed with it.",
  },
  'time-stamps': {
    verdict: 'warn',
    cause: 'the time stamps of more than a tenth of the frames do not grow',
    advice:
      "Switch 'smart' codecs and variable frame rate off in the camera's settings, or renew its firmware.",
  },
  'not-watched': {
    verdict: 'warn',
    cause: 'there is no ffprobe, so no frames could be looked at',
    advice: "Install the distribution's ffmpeg, which has ffprobe: apt install ffmpeg.",
  },
} as const;

type Key = keyof typeof findings;

export const probe: Probe = {
  id: 'camera',
  group: 'cameras',
  title: 'cameras',
  timeoutMs: 18_000,
  findings,
  applies: ({ config }) => (config?.cameras.length ?? 0) > 0,
  run: (context, signal) =>
    Promise.all(context.config!.cameras.map((camera) => probeCamera(camera, context, signal))),
};

async function probeCamera(
  camera: CameraConfig,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const data: Record<string, unknown> = { camera: camera.id };
  const say = (key: Key, ...measured: (string | undefined)[]) =>
    resultOf(`camera/${camera.id}`, findings, key, measured.filter(Boolean).join(', '), data);
  if (!camera.enabled) return say('disabled', 'not enabled');

  let password: string | undefined;
  try {
    if (camera.passwordFile !== undefined) password = readSecret(camera.passwordFile);
  } catch (error) {
    return say('no-password', messageOf(error));
  }
  if (camera.url.startsWith('file://')) {
    const path = decodeURIComponent(camera.url.slice('file://'.length));
    if (!existsSync(path) || !statSync(path).isFile()) return say('no-file', `no file ${path}`);
    return watch([]);
  }

  const { hostname } = new URL(camera.url);
  const resolved = await resolveName(hostname, STEP_TIMEOUT_MS);
  if ('reason' in resolved) return say('no-name', `${hostname}: ${resolved.reason}`);
  data.address = resolved.address;
  const { describe } = await import('../rtsp/describe.ts');
  const login =
    camera.username === undefined ? undefined : { username: camera.username, password: password ?? '' };
  const description = await describe({
    url: camera.url,
    address: resolved.address,
    login,
    timeoutMs: STEP_TIMEOUT_MS,
    signal,
  });
  data.rtsp = description;
  const { outcome } = description;
  if (outcome !== 'described') return say(outcome, `${hostname}: ${description.detail}`);
  const way = [`${resolved.address} in ${description.connectMs!.toFixed(0)} ms`, videoText(description)];
  const running = context.agent?.cameras.find(({ id }) => id === camera.id);
  if (running?.state === 'streaming') {
    const { width, height, fps } = running;
    Object.assign(data, { width, height, fps, watched: false });
    const slow = fps !== null && fps < 8;
    return say(
      slow ? 'slow' : 'good',
      ...way,
      `${width}x${height}`,
      fps === null ? '' : `the agent gets ${fps.toFixed(1)}/s`,
    );
  }
  return watch(way);

  async function watch(before: string[]): Promise<ProbeResult> {
    const { watchFrames } = await import('../frames.ts');
    const seen = await watchFrames(camera, {
      password,
      seconds: WATCH_SECONDS,
      timeoutMs: WATCH_TIMEOUT_MS,
      signal,
    });
    Object.assign(data, seen, { watched: true });
    if (seen.missing) return say('not-watched', ...before);
    const finding = frameFinding(seen);
    if (finding === 'no-frames')
      return say('no-frames', ...before, `no frames${seen.reason ? `: ${seen.reason}` : ''}`);
    return say(
      finding,
      ...before,
      `${seen.width}x${seen.height}`,
      `${seen.frames} frames in ${seen.seconds.toFixed(1)} s${seen.fps === null ? '' : ` (${seen.fps.toFixed(1)}/s)`}`,
      seen.keyFrameDistance === null ? undefined : `a key frame each ${seen.keyFrameDistance}`,
      seen.bFrames ? 'with B-frames' : undefined,
      seen.timeFaults ? `${seen.timeFaults} time stamps out of order` : undefined,
    );
  }
}

function videoText({ authentication, video }: Description): string {
  const login = authentication === 'none' ? 'no login' : `${authentication} login`;
  return `${login}, ${[video?.codec, video?.profile].filter(Boolean).join(' ')}`;
}
