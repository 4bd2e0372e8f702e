// What of a configuration that was changed takes effect in the agent that runs, and what only in the next one. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { CameraConfig, Config } from './schema.ts';

export interface ConfigChanges {
  /** as it is from now on: what cannot change while the agent runs is as before */
  config: Config;
  /** ids of cameras that are to run and didn't, that ran and are not to, and that are to run otherwise */
  added: string[];
  removed: string[];
  changed: string[];
  /** the connection to the broker is to be another one */
  uplink: boolean;
  /** keys whose change takes effect at the next start */
  atNextStart: string[];
}

/** Of these every part may change while the agent runs. */
const LIVE = [
  'cameras',
  'models',
  'reads',
  'position',
  'audit',
  'uplink',
] as const satisfies (keyof Config)[];
/** Of `evidence` these: where the pictures are, and how many, is settled when the journal is opened. */
const LIVE_EVIDENCE = ['overview', 'jpegQuality'] as const satisfies (keyof Config['evidence'])[];

export function changesOf(old: Config, next: Config): ConfigChanges {
  const config: Config = {
    ...old,
    ...pick(next, LIVE),
    evidence: { ...old.evidence, ...pick(next.evidence, LIVE_EVIDENCE) },
  };
  // what is no longer there
  if (next.uplink === undefined) delete config.uplink;
  if (next.position === undefined) delete config.position;
  const before = running(old);
  const after = running(config);
  const atNextStart = [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((key) => !isDeepStrictEqual(config[key as keyof Config], next[key as keyof Config]))
    .sort();
  return {
    config,
    added: [...after.keys()].filter((id) => !before.has(id)),
    removed: [...before.keys()].filter((id) => !after.has(id)),
    changed: [...after.keys()].filter(
      (id) => before.has(id) && !isDeepStrictEqual(before.get(id), after.get(id)),
    ),
    uplink: !isDeepStrictEqual(old.uplink, config.uplink),
    atNextStart,
  };
}

/** All that a camera's process is started with, by its id. */
function running({ cameras, models, reads, evidence, log }: Config): Map<string, unknown> {
  const enabled = cameras.filter((camera: CameraConfig) => camera.enabled);
  return new Map(enabled.map((camera) => [camera.id, { camera, models, reads, evidence, log }]));
}

function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => key in Object(from)).map((key) => [key, from[key]])) as Pick<
    T,
    K
  >;
}
