// A sealed journal whose file was damaged: what is saved still opens and still is the box's, what is lost is accounted for
// by gap records, and so the whole is verifiable; what leaves it, too.

import { openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type Journal, openJournal, verifyJournal } from '../../agent/journal/index.ts';
import { type KeyRing, newRing, openRing, verifyRecords } from '../../agent/seal/index.ts';
import { ADDRESS, hearingSaved, newRead, silent } from './records.ts';

const COUNT = 800;
const PAGE_BYTES = 4096;

async function open(t: Test, path: string, keys: KeyRing, log = silent): Promise<Journal> {
  const journal = await openJournal({ path, log, address: ADDRESS, keys });
  t.teardown(() => journal.close());
  return journal;
}

/** A journal of the key record and `COUNT` reads, the first 100 records delivered and gone by retention; closed. */
async function filled(t: Test, path: string, keys: KeyRing): Promise<string> {
  const journal = await open(t, path, keys);
  await Promise.all(
    Array.from({ length: COUNT }, (_, n) => {
      const read = newRead(n);
      return journal.append({ ...read, payload: { ...read.payload, filler: 'x'.repeat(600) } });
    }),
  );
  await journal.markSent(Array.from({ length: 100 }, (_, n) => n + 1));
  t.equal(await journal.prune({ keepMs: 0 }), 100);
  t.match(await verifyJournal(path, { keys }), { ok: true, records: COUNT - 99 });
  await journal.close();
  return journal.epoch;
}

function garbage(path: string): void {
  const pages = Math.floor(statSync(path).size / PAGE_BYTES);
  const noise = Uint8Array.from({ length: 6 * PAGE_BYTES }, (_, n) => (n * 2654435761) >>> 13);
  const file = openSync(path, 'r+');
  writeSync(file, noise, 0, noise.length, Math.floor(pages / 2) * PAGE_BYTES);
}

const damages: [what: string, damage: (path: string) => void][] = [
  ['six pages of garbage', garbage],
  ['the file cut by a quarter', (path) => truncateSync(path, Math.floor(statSync(path).size * 0.75))],
];

for (const [what, damage] of damages)
  test(`${what}: what is saved is right, what is lost is accounted for`, async (t) => {
    const path = join(t.testdir(), 'journal.db');
    const keys = newRing();
    const epoch = await filled(t, path, keys);
    damage(path);
    const { log, saved } = hearingSaved();
    const journal = await open(t, path, keys, log);
    await Promise.all([saved, journal.append(newRead(1))]);
    t.not(journal.epoch, epoch);
    const report = await verifyJournal(path, { keys });
    t.match(report, { ok: true, breaks: [] }, JSON.stringify(report.breaks.slice(0, 3)));
    t.ok(report.records > 200, `${report.records} records`);
    const records = await journal.pending({ after: 0, limit: 10_000 });
    const messages = records.map(({ json }) => ({ where: '', message: JSON.parse(`${json}`) }));
    const { publicKey } = openRing(keys).current;
    const sent = await verifyRecords({ records: () => messages }, { keys: [publicKey], mayBeginLate: true });
    t.match(sent, { ok: true, breaks: [] }, JSON.stringify(sent.breaks.slice(0, 3)));
  });
