// Taking up a changed configuration while the agent runs. One that is wrong changes nothing: the agent goes on with what it
// has, and says why.

import {
  type CameraConfig,
  type Config,
  type ConfigChanges,
  changesOf,
  type UplinkConfig,
} from '../config/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';

export interface Reloaded extends Pick<ConfigChanges, 'added' | 'removed' | 'changed' | 'atNextStart'> {
  /** the connection to the broker; ended: none is configured any more */
  uplink: 'unchanged' | 'anew' | 'ended';
}

export interface ConfigStatus {
  /** UTC epoch milliseconds: since when it holds */
  loadedAt: number;
  /** why the file was not taken up when it was last looked at; null: it was */
  problem: string | null;
  /** keys whose change waits for the next start */
  atNextStart: string[];
}

export interface Reloader {
  /** as it holds now */
  readonly config: Config;
  status(): ConfigStatus;
  /** @throws {ConfigError} what is wrong with the file; the agent goes on as before */
  reload(): Promise<Reloaded>;
  /** Resolves once no reload is under way; from then on none begins. */
  close(): Promise<void>;
}

export interface ReloaderOptions {
  config: Config;
  /** the file, anew. Throws what is wrong with it */
  load(): Config;
  /** something that changes when a camera's password does */
  secretOf?(camera: CameraConfig): string;
  /** something that changes when a password, key or certificate for a broker does */
  secretsOf?(uplink: UplinkConfig): string;
  /** brings the agent to the changed configuration; `config` is that already */
  apply(changes: ConfigChanges): Promise<void>;
  log: Logger;
}

export function createReloader(options: ReloaderOptions): Reloader {
  const { config: first, load, apply, secretOf = () => '', secretsOf = () => '', log } = options;
  let config = first;
  let secrets = secretsIn(first);
  let uplinkSecrets = first.uplink && secretsOf(first.uplink);
  let status: ConfigStatus = { loadedAt: Date.now(), problem: null, atNextStart: [] };
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function secretsIn({ cameras }: Config): Map<string, string> {
    return new Map(cameras.map((camera) => [camera.id, secretOf(camera)]));
  }

  /** with the cameras, and the uplink, of which only the password is another one */
  function changesNow(): ConfigChanges {
    const changes = changesOf(config, load());
    const now = secretsIn(changes.config);
    const before = secrets;
    secrets = now;
    const uplinkBefore = uplinkSecrets;
    uplinkSecrets = changes.config.uplink && secretsOf(changes.config.uplink);
    const { added, changed } = changes;
    const renewed = changes.config.cameras
      .filter(({ id, enabled }) => enabled && before.has(id) && before.get(id) !== now.get(id))
      .map(({ id }) => id);
    const also = renewed.filter((id) => !added.includes(id) && !changed.includes(id));
    const uplink = changes.uplink || uplinkBefore !== uplinkSecrets;
    return { ...changes, uplink, changed: [...changed, ...also] };
  }

  async function run(): Promise<Reloaded> {
    if (closed) return { added: [], removed: [], changed: [], uplink: 'unchanged', atNextStart: [] };
    let changes: ConfigChanges;
    try {
      changes = changesNow();
    } catch (error) {
      status = { ...status, problem: messageOf(error) };
      log.error({ code: codeOf(error) }, `the configuration stays as it was: ${messageOf(error)}`);
      throw error;
    }
    const { added, removed, changed, atNextStart } = changes;
    config = changes.config;
    const uplink = !changes.uplink ? 'unchanged' : config.uplink ? 'anew' : 'ended';
    status = { loadedAt: Date.now(), problem: null, atNextStart };
    log.info({ added, removed, changed, uplink, atNextStart }, 'configuration taken up');
    try {
      await apply(changes);
    } catch (error) {
      status = { ...status, problem: `it was taken up in part only: ${messageOf(error)}` };
      log.error({ code: codeOf(error) }, `the configuration was taken up in part only: ${messageOf(error)}`);
      throw error;
    }
    return { added, removed, changed, uplink, atNextStart };
  }

  return {
    get config() {
      return config;
    },
    status: () => status,
    reload() {
      // One after the other: two at once would start a camera twice.
      const mine = last.then(run);
      last = mine.catch(() => {});
      return mine;
    },
    async close() {
      closed = true;
      await last;
    },
  };
}
