// A password as it is put away: sealed with the keys of the box, so that a copy of its file is worth nothing elsewhere.

import type { Config } from '../config/index.ts';
import { AnprError } from '../shared/errors.ts';
import { keysOrNew } from './own-keys.ts';

/** @returns what the file is to hold, and half a sentence on how it is kept */
export async function keptPassword(
  file: string,
  config: Pick<Config, 'journal'>,
  password: string,
): Promise<{ text: string; how: string }> {
  const { openRing, sealPassword } = await import('../seal/index.ts');
  try {
    const { current } = openRing(await keysOrNew(file, config));
    return { text: sealPassword(current, password).trimEnd(), how: ', sealed with the keys of this box' };
  } catch (error) {
    if (!(error instanceof AnprError)) throw error;
    return { text: password, how: `, in clear (${error.message})` };
  }
}
