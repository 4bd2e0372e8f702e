// A box without cameras, as a process of its own: the real journal with its keys and the real uplink, reads that fulfil the contract.
//
//     node test/central/box.ts JOURNAL URL COUNT PAUSE_MS [PROTOCOL]
//
// Appends until the journal has COUNT reads, and says `full`. SIGTERM ends it politely.

import { setTimeout as sleep } from 'node:timers/promises';
import type { UplinkConfig } from '../../agent/config/index.ts';
import { openJournal } from '../../agent/journal/index.ts';
import { loadKeys } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { startUplink } from '../../agent/uplink/index.ts';
import { readPayload } from '../uplink/read-payload.ts';

const [path = '', url = '', count = '0', pauseMs = '0', protocol = 'auto'] = process.argv.slice(2);
const address = { site: 'e19', box: 'north' };
const log = createLog('silent');
const { ring: keys } = loadKeys(path);
const journal = await openJournal({ path, address, log, keys });
const config: UplinkConfig = {
  url,
  protocol: protocol as UplinkConfig['protocol'],
  keepAliveSeconds: 5,
  window: 20,
  fallbacks: [],
  reconnectSeconds: 1,
  pictures: { send: 'none', dailyMiB: 0 },
};
const uplink = startUplink({
  journal,
  config,
  address,
  status: () => ({ epoch: journal.epoch }),
  log,
  times: { firstMs: 100, maxMs: 500, againMs: 100, holesFirstMs: 500, graceMs: 1000 },
});
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());

const { byType } = await journal.queue();
const had = Object.values(byType.read ?? {}).reduce((sum, n) => sum + n, 0);
for (let n = had; n < Number(count) && !ending.signal.aborted; n++) {
  const payload = readPayload();
  const { text, confidence } = payload.plate;
  await journal.append({
    id: payload.id,
    type: 'read',
    at: Date.now(),
    camera: 'north',
    text,
    confidence,
    payload: { ...payload },
  });
  if (Number(pauseMs) > 0) await sleep(Number(pauseMs));
}
if (!ending.signal.aborted) {
  process.stdout.write('full\n');
  await new Promise((resolve) => {
    const alive = setInterval(() => {}, 1000);
    ending.signal.addEventListener('abort', () => resolve(clearInterval(alive)));
  });
}
await uplink.close();
await journal.close();
