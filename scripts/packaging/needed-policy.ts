// Which of the lock file's packages the agent needs when it runs. Some are there for what only a checkout does: ONNX
// Runtime's installation script, mqtt's own commands. Pure.

import type { Lock } from './registry.ts';

/** Package → what it names as a dependency and needs for something that the agent never does. */
const NOT_AT_RUN_TIME: Readonly<Record<string, readonly string[]>> = {
  // fetches CUDA's libraries, which a box has no use for
  'onnxruntime-node': ['adm-zip', 'global-agent'],
  // headers for a compiler
  'better-sqlite3': ['node-addon-api'],
  // mqtt pub, mqtt sub
  mqtt: ['commist', 'concat-stream', 'help-me', 'minimist'],
  // what Node has itself
  'readable-stream': ['abort-controller', 'buffer', 'events'],
  bl: ['buffer'],
  // transports: the agent writes its log itself
  pino: ['pino-abstract-transport', 'process-warning'],
  'thread-stream': ['real-require'],
  // inside the bundles already
  'broker-factory': ['tslib', 'worker-factory'],
  'fast-unique-numbers': ['tslib'],
  'worker-factory': ['tslib'],
  'worker-timers': ['tslib', 'worker-timers-worker'],
  'worker-timers-broker': ['tslib', 'worker-timers-worker'],
  'worker-timers-worker': ['tslib', 'worker-factory'],
};

/** Paths in the tree (`node_modules/zod`) of what the project needs, as Node finds it: the nearest node_modules upwards. */
export function neededPackages(lock: Lock): Set<string> {
  const needed = new Set<string>();
  const visit = (from: string, name: string): void => {
    const path = found(lock, from, name);
    if (path === undefined || needed.has(path)) return;
    needed.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = lock[path] ?? {};
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
      if (!NOT_AT_RUN_TIME[name]?.includes(other)) visit(path, other);
  };
  for (const name of Object.keys(lock['']?.dependencies ?? {})) visit('', name);
  return needed;
}

function found(lock: Lock, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (lock[path] !== undefined) return path;
    if (at === '') return undefined;
  }
}

/** The package that a file belongs to: `node_modules/a/node_modules/@b/c` of a path in it. */
export function packageOf(path: string): string {
  const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
  return found?.[0] ?? '';
}
