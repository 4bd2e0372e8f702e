// The open version of each list. A new one is met in one of two ways: when somebody asks (a command, nothing else goes on
// meanwhile); or, in the running agent, by looking out for it: a thread reads ahead what its look-ups need, the version before
// is asked until that is done, and the event loop stands still for the opening alone.

import { statSync } from 'node:fs';
import type { OpenRing } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { startThread } from '../shared/thread.ts';
import type { AheadOperations } from './ahead-thread.ts';
import type { HashFilter } from './filter.ts';
import { listPath } from './import.ts';
import { openStore, type Store } from './store.ts';

export interface Versions {
  /** @throws {AnprError} `watchlist.none`, `watchlist.damaged`, `seal.key-lost` */
  current(list: string): Store;
  /** Takes up what lies on the disk, and resolves when that is what is asked. Never rejects: what cannot be opened is told. */
  takeUp(list: string): Promise<void>;
  close(): void;
}

export interface VersionsOptions {
  directory: string;
  ring: OpenRing;
  /** called when a list cannot be asked, or its new version cannot be opened */
  onProblem(list: string, error: unknown): void;
  /** look out for new versions this often, in ms; undefined: whenever one is asked for */
  watchMs?: number | undefined;
}

const THREAD = new URL('ahead-thread.ts', import.meta.url);
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

interface OpenVersion {
  store: Store;
  file: string;
}

export function openVersions(lists: readonly string[], options: VersionsOptions): Versions {
  const { directory, ring, onProblem, watchMs } = options;
  const open = new Map<string, OpenVersion>();
  /** files that could not be opened: told once */
  const bad = new Map<string, string>();
  /** one after the other: each has a thread for a moment */
  let taking: Promise<void> = Promise.resolve();
  let closed = false;

  function use(list: string, next: OpenVersion): Store {
    open.get(list)?.store.close();
    open.set(list, next);
    bad.delete(list);
    return next.store;
  }

  async function takeUpNow(list: string): Promise<void> {
    const path = listPath(directory, list);
    for (let file = fileAt(path); !closed && file !== open.get(list)?.file; ) {
      if (file === '') {
        open.get(list)?.store.close();
        open.delete(list);
        return;
      }
      if (bad.get(list) === file) return;
      try {
        const filter = await aheadOf(path);
        if (closed) return;
        const store = openStore(path, ring, filter);
        const now = fileAt(path);
        // Replaced once more meanwhile: the filter may be another version's.
        if (now !== file) store.close();
        else {
          store.patterns();
          use(list, { store, file });
        }
        file = now;
      } catch (error) {
        const now = fileAt(path);
        if (now === file) {
          bad.set(list, file);
          onProblem(list, error);
        }
        file = now;
      }
    }
  }

  function takeUp(list: string): Promise<void> {
    taking = taking.then(() => takeUpNow(list));
    return taking;
  }

  function look(): void {
    for (const list of lists) {
      const file = fileAt(listPath(directory, list));
      if (file !== (open.get(list)?.file ?? '') && file !== bad.get(list)) void takeUp(list);
    }
  }

  let timer: NodeJS.Timeout | undefined;
  if (watchMs !== undefined) {
    look();
    timer = setInterval(look, watchMs).unref();
  }
  return {
    current(list) {
      const known = open.get(list);
      if (known && watchMs !== undefined) return known.store;
      const path = listPath(directory, list);
      const file = fileAt(path);
      if (known?.file === file) return known.store;
      return use(list, { store: openStore(path, ring), file });
    },
    takeUp,
    close() {
      closed = true;
      clearInterval(timer);
      for (const { store } of open.values()) store.close();
      open.clear();
    },
  };
}

/** '': there is none; a code of the system where nobody may look: opening it then says why */
function fileAt(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}` : '';
  } catch (error) {
    return codeOf(error);
  }
}

async function aheadOf(path: string): Promise<HashFilter | undefined> {
  const thread = await startThread<AheadOperations, undefined>(
    THREAD,
    undefined,
    'watchlist',
    undefined,
    LIMITS,
  );
  try {
    return await thread.call('readAhead', path);
  } finally {
    await thread.close();
  }
}
