// Each camera, from its name to its frames: where the way to it ends is where the trouble is. When the agent streams
// from it already, its frames are not asked for again: many cameras allow one viewer only.

import { existsSync, statSync } from 'node:fs';
import type { CameraStatus } from '../../api/index.ts';
import type { CameraConfig } from '../../config/index.ts';
import { type KeyRing, ownKeys, usablePassword } from '../../seal/index.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { countText } from '../../shared/quantities.ts';
import { readSecret } from '../../shared/secret-file.ts';
import { findings } from '../camera-findings.ts';
import type { CameraLook } from '../camera-look.ts';
import { frameFinding, type PictureFacts } from '../frames-policy.ts';
import { type Probe, type ProbeContext, type ProbeResult, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import type { Description } from '../rtsp/describe.ts';

const STEP_TIMEOUT_MS = 3000;
const WATCH_SECONDS = 2.5;
const THOROUGH_SECONDS = 12;

type Key = keyof typeof findings;

export const probe: Probe = {
  id: 'camera',
  group: 'cameras',
  title: 'cameras',
  timeoutMs: 24_000,
  thoroughTimeoutMs: 26_000 + 2 * THOROUGH_SECONDS * 1000,
  findings,
  applies: ({ config }) => (config?.cameras.length ?? 0) > 0,
  run: (context, signal) =>
    Promise.all(
      context.config!.cameras.map((camera) =>
        probeCamera(camera, { ...context, keys: () => ownKeys(context.config!.journal.path).ring }, signal),
      ),
    ),
};

/** One camera, whether it stands in the configuration or not. */
export async function probeCamera(
  camera: CameraConfig,
  context: Pick<ProbeContext, 'agent' | 'thorough'> & { password?: string; keys?: () => KeyRing },
  signal: AbortSignal,
): Promise<ProbeResult> {
  const data: Record<string, unknown> = { camera: camera.id };
  const say = (key: Key, ...measured: (string | undefined)[]) =>
    resultOf(`camera/${camera.id}`, findings, key, measured.filter(Boolean).join(', '), data);
  if (!camera.enabled) return say('disabled', 'not enabled');
  const seconds = context.thorough ? THOROUGH_SECONDS : WATCH_SECONDS;

  const running = context.agent?.cameras.find(({ id }) => id === camera.id);
  const streaming = running?.state === 'streaming' ? running : undefined;
  let { password } = context;
  try {
    if (camera.passwordFile !== undefined) {
      const text = readSecret(camera.passwordFile);
      password = context.keys ? usablePassword(text, context.keys) : text;
    }
  } catch (error) {
    // a member of the group anpr: the agent, which has the keys, gets pictures with that password
    if (streaming && codeOf(error) === 'seal.no-keys')
      return toldByAgent(['not asked (only root and the agent open its password)'], null, streaming);
    return say('no-password', messageOf(error));
  }
  const { describeCamera, lookAtCamera, lookAtFile } = await import('../camera-look.ts');
  if (camera.url.startsWith('file://')) {
    const { pathIn } = await import('../../capture/index.ts');
    const path = pathIn(camera.url);
    if (!existsSync(path) || !statSync(path).isFile()) return say('no-file', `no file ${path}`);
    return told([], await lookAtFile(camera, { seconds, signal }));
  }

  const { hostname } = new URL(camera.url);
  const resolved = await resolveName(hostname, STEP_TIMEOUT_MS);
  if ('reason' in resolved) return say('no-name', `${hostname}: ${resolved.reason}`);
  const { address } = resolved;
  data.address = address;
  const options = { password, address, seconds, signal };
  const { description, look, refusal } = streaming
    ? { description: await describeCamera(camera, options), look: undefined, refusal: undefined }
    : await lookAtCamera(camera, options);
  data.rtsp = description;
  const { outcome } = description;
  if (outcome !== 'described') return say(outcome, `${hostname}: ${description.detail}`);
  const way = [`${address} in ${description.connectMs!.toFixed(0)} ms`, videoText(description)];
  if (refusal !== undefined)
    return say(
      refusal === 453 || refusal === 503 ? 'busy' : 'forbidden',
      ...way,
      `but ${refusal} to SETUP or PLAY`,
    );
  return streaming ? toldByAgent(way, description.video?.announcedFps ?? null, streaming) : told(way, look!);

  /** What the agent gets from it is known; a second session might take it away. */
  function toldByAgent(
    before: string[],
    announcedFps: number | null,
    { width, height, fps }: CameraStatus,
  ): ProbeResult {
    Object.assign(data, { width, height, fps, watched: false });
    // it takes no more pictures from ffmpeg than it looks at
    const wantedFps = announcedFps === null ? null : Math.min(announcedFps, camera.looksPerSecond);
    const finding = fps === null ? 'good' : frameFinding({ ...NOTHING_WRONG, fps, announcedFps: wantedFps });
    const rate = fps === null ? '' : `the agent gets ${fps.toFixed(1)}/s`;
    return say(finding, ...before, `${width}x${height}`, rate);
  }

  function told(before: string[], look: CameraLook): ProbeResult {
    Object.assign(data, look, { watched: true });
    const finding = frameFinding(look);
    const undecoded = look.missing ? 'not-watched' : look.slow ? 'not-decoded' : undefined;
    if (undecoded && finding === 'good') return say(undecoded, ...before, ...lookTexts(look));
    if (finding === 'no-frames')
      return say('no-frames', ...before, `no frames${look.reason ? `: ${look.reason}` : ''}`);
    return say(finding, ...before, ...lookTexts(look));
  }
}

const NOTHING_WRONG = {
  ...{ frames: 1, timeFaults: 0, lossShare: null, jitterMs: null, bFrames: false },
  ...{ keyFrameSeconds: null, picture: null },
} as const;

function lookTexts(look: CameraLook): (string | undefined)[] {
  const { fps, announcedFps, lostPackets, jitterMs, kilobitsPerSecond } = look;
  const rate =
    fps === null ? '' : ` (${fps.toFixed(1)}/s${announcedFps === null ? '' : ` of ${announcedFps}`})`;
  return [
    look.width === null ? undefined : `${look.width}x${look.height}`,
    `${countText(look.frames, 'frame')} in ${look.seconds.toFixed(1)} s${rate}`,
    look.keyFrameDistance === null ? undefined : `a key frame each ${look.keyFrameDistance}`,
    kilobitsPerSecond === null ? undefined : `${(kilobitsPerSecond / 1000).toFixed(1)} Mbit/s`,
    lostPackets === null
      ? undefined
      : lostPackets === 0
        ? 'nothing lost'
        : `${countText(lostPackets, 'packet')} lost`,
    jitterMs === null ? undefined : `jitter ${jitterMs.toFixed(0)} ms`,
    look.bFrames ? 'with B-frames' : undefined,
    look.timeFaults ? `${countText(look.timeFaults, 'time stamp')} out of order` : undefined,
    look.picture === null ? undefined : pictureText(look.picture),
  ];
}

/** Cameras switch to grey, with infra-red light, when it gets dark. */
function pictureText({ brightness, colour }: PictureFacts): string {
  const share = Math.max(0, Math.min(1, (brightness - 16) / 219));
  const kind = colour
    ? share > 0.15
      ? 'day picture (colour)'
      : 'dusk picture (colour)'
    : 'night picture (grey)';
  return `${kind}, ${(100 * share).toFixed(0)} % bright`;
}

function videoText({ authentication, video }: Description): string {
  const login = authentication === 'none' ? 'no login' : `${authentication} login`;
  return `${login}, ${[video?.codec, video?.profile].filter(Boolean).join(' ')}`;
}
