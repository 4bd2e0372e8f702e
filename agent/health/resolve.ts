// From a name to an address, with a time of its own: the system's resolver takes as long as it likes.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { codeOf } from '../shared/errors.ts';

export interface Resolved {
  address: string;
  /** null: it was an address already */
  ms: number | null;
}

/** The first address of `name`, or why there is none, in words. Never rejects. */
export async function resolveName(name: string, timeoutMs: number): Promise<Resolved | { reason: string }> {
  const host = name.replace(/^\[|\]$/g, '');
  if (isIP(host)) return { address: host, ms: null };
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    const found = await Promise.race([lookup(host), late]);
    if (!found) return { reason: `no answer from the name server within ${timeoutMs / 1000} s` };
    return { address: found.address, ms: performance.now() - started };
  } catch (error) {
    return {
      reason: codeOf(error) === 'ENOTFOUND' ? 'no such name' : `the name server fails (${codeOf(error)})`,
    };
  } finally {
    clearTimeout(timer);
  }
}
