// Each camera's own clock against this box's: over ONVIF, which needs no login for it, else by the Date of its RTSP
// answers. Reads carry the box's time; what the camera writes into its picture is its own.

import type { CameraConfig } from '../../config/index.ts';
import { cameraClock, serviceAt } from '../../onvif/index.ts';
import { type Probe, type ProbeResult, resultOf } from '../probe.ts';
import { resolveName } from '../resolve.ts';
import { describe } from '../rtsp/describe.ts';

const TIMEOUT_MS = 3000;
/** RTSP and ONVIF tell whole seconds. */
const MAX_AHEAD_MS = 2500;

const findings = {
  right: { verdict: 'ok', cause: "the camera's clock is within 2.5 s of this box's", advice: null },
  unknown: {
    verdict: 'ok',
    cause: 'the camera tells its time neither over ONVIF nor over RTSP',
    advice: null,
  },
  off: {
    verdict: 'warn',
    cause: "the camera's clock is more than 2.5 s from this box's",
    advice:
      "Set a time server in the camera's settings (this box can be one): its overlay shows the wrong time.",
  },
} as const;

export const probe: Probe = {
  id: 'camera-clock',
  group: 'cameras',
  title: 'clocks of the cameras',
  timeoutMs: 12_000,
  findings,
  applies: ({ config }) => (config?.cameras ?? []).some(isNetworkCamera),
  run: ({ config }, signal) =>
    Promise.all(config!.cameras.filter(isNetworkCamera).map((camera) => probeCameraClock(camera, signal))),
};

const isNetworkCamera = ({ enabled, url }: CameraConfig) => enabled && !url.startsWith('file:');

/** @param service its ONVIF device service; default: where nearly all cameras have it */
export async function probeCameraClock(
  camera: Pick<CameraConfig, 'id' | 'url'>,
  signal: AbortSignal,
  service?: string,
): Promise<ProbeResult> {
  const say = (finding: keyof typeof findings, measured: string, data: Record<string, unknown> = {}) =>
    resultOf(`camera-clock/${camera.id}`, findings, finding, measured, { camera: camera.id, ...data });
  const { hostname } = new URL(camera.url);
  const resolved = await resolveName(hostname, TIMEOUT_MS);
  if ('reason' in resolved) return say('unknown', `${hostname}: ${resolved.reason}`);
  const { address } = resolved;
  const host = address.includes(':') ? `[${address}]` : address;
  const asked = { timeoutMs: TIMEOUT_MS, signal };
  const [onvif, rtsp] = await Promise.all([
    cameraClock({ service: service ?? serviceAt(host), ...asked }).catch(() => undefined),
    describe({ url: camera.url, address, login: undefined, ...asked }).then(({ clock, clockAt }) =>
      clock === undefined || clockAt === undefined ? undefined : { aheadMs: clock + 500 - clockAt },
    ),
  ]);
  const found = onvif ?? rtsp;
  if (!found) return say('unknown', 'it tells its time neither over ONVIF nor over RTSP');
  const by = onvif ? 'ONVIF' : 'RTSP';
  const seconds = Math.abs(found.aheadMs) / 1000;
  const measured = `${seconds.toFixed(1)} s ${found.aheadMs < 0 ? 'behind' : 'ahead'} (${by})`;
  return say(Math.abs(found.aheadMs) > MAX_AHEAD_MS ? 'off' : 'right', measured, {
    aheadMs: found.aheadMs,
    by,
  });
}
