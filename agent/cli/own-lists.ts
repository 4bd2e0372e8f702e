// The lists of this box, for a command that looks into them: their files are the same whether the agent runs or not.

import type { Config } from '../config/index.ts';
import type { Watchlists } from '../watchlist/index.ts';
import { ownKeys } from './own-keys.ts';

/** The lists of the configuration, open with the keys of the box; closed when `work` ends. */
export async function withLists<T>(
  file: string | undefined,
  work: (lists: Watchlists, config: Config) => T | Promise<T>,
): Promise<T> {
  const config = await configOf(file);
  const [{ openLists }, { openRing }, { loadGrammars }] = await Promise.all([
    import('../watchlist/index.ts'),
    import('../seal/index.ts'),
    import('../grammar/index.ts'),
  ]);
  const { ring } = await ownKeys(config.journal.path);
  const { directory, lists, zones } = config.watchlists;
  const here = lists.map((list) => ({ ...list, zones }));
  const open = openLists(directory, here, openRing(ring), loadGrammars());
  try {
    return await work(open, config);
  } finally {
    open.close();
  }
}

/** Also one whose files are not all there. */
export async function configOf(file: string | undefined): Promise<Config> {
  const { configPath, loadConfig } = await import('../config/index.ts');
  return loadConfig(configPath(file), { checkFiles: false });
}
