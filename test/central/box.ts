// A box without cameras, as a process of its own: the real journal with its keys and the real uplink, reads that fulfil the contract.
//
//     node test/central/box.ts JOURNAL URL COUNT PAUSE_MS [PROTOCOL] [options]
//
// Appends until it has appended COUNT reads, or until SIGUSR2, and says `full`. SIGTERM ends it politely. With a ledger it writes down which
// read it is about to append and which the journal has taken: what a judge holds against the consumer.

import { randomUUIDv7 } from 'node:crypto';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { UplinkConfig } from '../../agent/config/index.ts';
import type { HitPayload, ReadPayload } from '../../agent/contract/index.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { type NewRecord, openJournal } from '../../agent/journal/index.ts';
import { loadKeys } from '../../agent/seal/index.ts';
import { codeOf } from '../../agent/shared/errors.ts';
import { createLog } from '../../agent/shared/log.ts';
import { startUplink } from '../../agent/uplink/index.ts';
import { readPayload } from '../uplink/read-payload.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** file that outlives the box */
    ledger: { type: 'string' },
    /** appends at the same time */
    together: { type: 'string', default: '1' },
    'keep-alive': { type: 'string', default: '5' },
    /** bytes of a picture with each read; 0: none */
    picture: { type: 'string', default: '0' },
    /** bound of the journal; without it nothing is removed */
    'max-mib': { type: 'string' },
    /** bound of its pictures */
    'max-pictures-mib': { type: 'string', default: '1024' },
  },
});
const [path = '', url = '', count = '0', pauseMs = '0', protocol = 'auto'] = positionals;
const address = { site: 'e19', box: 'north' };
const log = createLog('silent');
const { ring: keys } = loadKeys(path);
const directory = join(path, '../evidence');
const evidence = createEvidenceStore({ directory, keys });
const DAY_MS = 86_400_000;
const bounds = {
  maxSizeBytes: Number(values['max-mib']) * 2 ** 20,
  keepDeliveredMs: DAY_MS,
  maxAgeMs: null,
  pictures: {
    directory,
    maxSizeBytes: Number(values['max-pictures-mib']) * 2 ** 20,
    keepDeliveredMs: DAY_MS,
    maxAgeMs: null,
    wanted: [],
  },
};
const journal = await openJournal({ path, address, log, keys, ...(values['max-mib'] && { bounds }) });
const pictureBytes = Number(values.picture);
const config: UplinkConfig = {
  url,
  protocol: protocol as UplinkConfig['protocol'],
  keepAliveSeconds: Number(values['keep-alive']),
  window: 20,
  fallbacks: [],
  reconnectSeconds: 1,
  pictures: { send: pictureBytes > 0 ? 'plate' : 'none', dailyMiB: 1e6 },
};
const uplink = startUplink({
  journal,
  evidence,
  config,
  address,
  status: () => ({ epoch: journal.epoch }),
  log,
  // A link that falls silent while the broker is being asked is given up after `connectMs`.
  times: {
    ...{ firstMs: 100, maxMs: 500, slowMs: 1000, connectMs: 5000 },
    ...{ againMs: 100, holesFirstMs: 500, graceMs: 1000 },
  },
});
// What a broker forgot after which nothing comes is sent again after 5 minutes; here sooner.
const reminding = setInterval(() => void journal.remind({ sentForMs: 3000 }).catch(() => {}), 1000);
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());
let wanted = Number(count);
process.once('SIGUSR2', () => {
  wanted = 0;
});

/** As a picture to the journal: its bytes are not looked at. */
async function pictureOf(id: string, at: number): Promise<NewRecord['pictures']> {
  if (pictureBytes === 0) return [];
  const kept = await evidence.put(id, 'plate', at, Buffer.alloc(pictureBytes, id));
  return [{ kind: 'plate', at, sizeBytes: kept.sizeBytes, sha256: kept.sha256 }];
}

/** Read N of this box; every tenth vehicle is also looked for by somebody. */
async function pass(n: number): Promise<void> {
  const payload = readPayload();
  const { id, plate } = payload;
  const at = Date.now();
  const text = `N${String(n).padStart(7, '0')}`;
  note(`begun ${n} ${id}`);
  const pictures = await pictureOf(id, at);
  const told = { ...payload, capturedAt: new Date(at).toISOString(), plate: { ...plate, text } };
  if (pictures) told.evidence = pictures.map((one) => ({ ...one, mediaType: 'image/jpeg' as const }));
  const parts = { at, camera: 'north', text, confidence: plate.confidence };
  const { epoch, seq } = await keep({
    id,
    type: 'read',
    payload: told,
    ...parts,
    ...(pictures && { pictures }),
  });
  note(`kept ${n} ${id} ${epoch} ${seq}`);
  if (n % 10 !== 0) return;
  const hit = hitPayload(told);
  await keep({ id: hit.id, type: 'hit', readId: id, payload: { ...hit }, ...parts });
}

/** The hit of a read as the contract has it. */
function hitPayload(read: ReadPayload): HitPayload {
  const { id: readId, site, box, camera, capturedAt } = read;
  const hitId = randomUUIDv7();
  return {
    ...{ schema: 1, type: 'hit', id: hitId, site, box, camera, at: capturedAt },
    hit: {
      id: hitId,
      readId,
      event: 'raised',
      state: 'new',
      basis: 'read',
      priority: 5,
      raisedAt: capturedAt,
      by: { via: 'agent', name: null },
      cause: null,
      note: null,
      reminders: 0,
    },
  };
}

/** The journal says no: the read is still ours, and offered again, as the agent does. */
async function keep(record: NewRecord) {
  for (;;)
    try {
      return await journal.append(record);
    } catch (error) {
      note(`refused ${codeOf(error)}`);
      if (codeOf(error) === 'journal.closed') throw error;
      await sleep(100);
    }
}

// Named by its descriptor: one write, one line, whenever the process dies.
const ledger = values.ledger === undefined ? undefined : openSync(values.ledger, 'a');
const note = (line: string) => ledger !== undefined && writeSync(ledger, `${line}\n`);

async function begunBefore(): Promise<number> {
  if (values.ledger !== undefined)
    return [...readFileSync(values.ledger, 'utf8').matchAll(/^begun (\d+)/gm)].length;
  const { byType } = await journal.queue();
  return Object.values(byType.read ?? {}).reduce((sum, n) => sum + n, 0);
}

let next = await begunBefore();
async function passAgainAndAgain(): Promise<void> {
  while (next < wanted && !ending.signal.aborted) {
    await pass(++next);
    if (Number(pauseMs) > 0) await sleep(Number(pauseMs));
  }
}
await Promise.all(Array.from({ length: Number(values.together) }, passAgainAndAgain));
if (!ending.signal.aborted) {
  process.stdout.write('full\n');
  await new Promise((resolve) => {
    const alive = setInterval(() => {}, 1000);
    ending.signal.addEventListener('abort', () => resolve(clearInterval(alive)));
  });
}
clearInterval(reminding);
await uplink.close();
await journal.close();
