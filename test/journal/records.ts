// Records for tests.

import { randomUUIDv7 } from 'node:crypto';
import { pino } from 'pino';
import type { NewRecord } from '../../agent/journal/index.ts';

export const silent = pino({ level: 'silent' });

/** A log for a journal whose file is damaged, and when it says that what could be read of it has come over. */
export function hearingSaved() {
  const { promise: saved, resolve } = Promise.withResolvers<void>();
  const write = (line: string) => {
    if (line.includes('saved what could be read')) resolve();
  };
  return { log: pino({ level: 'warn' }, { write }), saved };
}

export const ADDRESS = { site: 'e19', box: 'north' };

export const AT_MS = Date.UTC(2026, 10, 22, 12);

/** A read of plate `1ABC001`, `1ABC002` … one second apart; `over` changes what matters to the test. */
export function newRead(n: number, over: Partial<NewRecord> = {}): NewRecord {
  const id = randomUUIDv7();
  return {
    id,
    type: 'read',
    at: AT_MS + n * 1000,
    camera: 'north',
    text: `1ABC${String(n).padStart(3, '0')}`,
    confidence: 0.9,
    payload: { schema: 1, type: 'read', id, n },
    ...over,
  };
}
