// What the parts of the uplink's benchmark have in common: what is measured on, and how figures are written.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Journal, type NewRecord, openJournal } from '../../../agent/journal/index.ts';
import { newRing } from '../../../agent/seal/index.ts';
import { createLog } from '../../../agent/shared/log.ts';
import { startUplink, type UplinkJournal } from '../../../agent/uplink/index.ts';
import { readPayload } from '../../../test/uplink/read-payload.ts';
import { uplinkConfig } from './uplink-config.ts';

export interface Extent {
  records: number;
  rounds: number;
  /** journals with keys */
  sealed: boolean;
}

export const WINDOW = 20;
export const address = { site: 'e19', box: 'bench' };
export const log = createLog('silent');
/** Goes with the process. */
export const directory = mkdtempSync(join(tmpdir(), 'bench-uplink-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

export function newRead(): NewRecord {
  const payload = { ...readPayload(), ...address };
  const { text, confidence } = payload.plate;
  return { id: payload.id, type: 'read', at: Date.now(), camera: 'north', text, confidence, payload };
}

let journals = 0;
export const openBenchJournal = (sealed = false): Promise<Journal> =>
  openJournal({
    path: join(directory, `journal-${++journals}.db`),
    address,
    log,
    ...(sealed ? { keys: newRing() } : {}),
  });

export async function fill(journal: Journal, count: number): Promise<void> {
  for (let n = 0; n < count; n += 500)
    await Promise.all(Array.from({ length: Math.min(500, count - n) }, () => journal.append(newRead())));
}

export const start = (journal: UplinkJournal, url: string) =>
  startUplink({ journal, config: uplinkConfig(url, WINDOW), address, status: () => ({}), log });

export const reached = (isThere: () => boolean) =>
  new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (!isThere()) return;
      clearInterval(watch);
      resolve();
    }, 2);
  });
