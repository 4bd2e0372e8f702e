// A read that is erased is gone with its hits and pictures, from the file too; the sequence and the chain stay whole.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { type Journal, openJournal, verifyJournal } from '../../agent/journal/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { ADDRESS, newRead, silent } from './records.ts';

const MB = 1e6;
const YEAR_MS = 365 * 86_400_000;

/** Whether any file of the folder holds the text. */
function holds(folder: string, text: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(folder, entry.name)).includes(text))
    .map(({ name }) => name);
}

async function open(t: Test, folder: string, sealed: boolean) {
  const directory = join(folder, 'evidence');
  const keys = newRing();
  const ring = sealed ? { keys } : {};
  const journal = await openJournal({
    path: join(folder, 'j.db'),
    log: silent,
    address: ADDRESS,
    bounds: {
      maxSizeBytes: 100 * MB,
      keepDeliveredMs: YEAR_MS,
      maxAgeMs: null,
      pictures: { directory, maxSizeBytes: 100 * MB, keepDeliveredMs: YEAR_MS, maxAgeMs: null, wanted: [] },
    },
    ...ring,
  });
  t.teardown(() => journal.close());
  return { journal, keys, store: createEvidenceStore({ directory, ...ring }) };
}

const types = async (journal: Journal) =>
  (await journal.pending({ after: 0, limit: 100 })).map(({ type, seq }) => `${type} ${seq}`);

test('nothing of it is left in the file, nor its pictures', async (t) => {
  const folder = t.testdir();
  const { journal, store } = await open(t, folder, false);
  const secret = 'GEHEIM-PLATE-4711';
  for (let n = 1; n <= 50; n++) await journal.append(newRead(n));
  const read = newRead(51, { payload: { type: 'read', note: secret.repeat(400) } });
  const { kind, sizeBytes, sha256, file } = await store.put(read.id, 'plate', read.at, Buffer.from('jpeg'));
  await journal.append({ ...read, pictures: [{ kind, at: read.at, sizeBytes, sha256 }] });
  await journal.append(newRead(52, { type: 'hit', readId: read.id, payload: { note: secret } }));
  for (let n = 53; n <= 60; n++) await journal.append(newRead(n));
  t.not(holds(folder, secret).length, 0);
  t.equal(await journal.erase(read.id), 2, 'the read and its hit');
  t.same(holds(folder, secret), []);
  t.notOk(existsSync(file));
  t.equal(await journal.get(read.id), undefined);
  await t.rejects(journal.erase(read.id), { code: 'journal.no-read' });
  await t.rejects(journal.erase('nobody'), { code: 'journal.no-read' });
  t.equal((await journal.reads({ limit: 100 })).length, 58);
});

for (const sealed of [true, false])
  test(`each seq stays answered, ${sealed ? 'sealed' : 'in clear'}: what had not been delivered is told`, async (t) => {
    const folder = t.testdir();
    const { journal, keys } = await open(t, folder, sealed);
    const reads = [1, 2, 3, 4].map((n) => newRead(n));
    for (const read of reads) await journal.append(read);
    const before = await journal.pending({ after: 0, limit: 100 });
    const at = (n: number) => before.find(({ id }) => id === reads[n]!.id)!;
    await journal.markSent([at(0).position, at(1).position]);
    await journal.confirm({ epoch: journal.epoch, upTo: at(0).seq, holes: [] });
    // confirmed, sent, pending
    for (const n of [0, 1, 2]) await journal.erase(reads[n]!.id);
    const waiting = await types(journal);
    t.ok(waiting.includes(`read ${at(3).seq}`));
    t.equal(
      waiting.filter((each) => each.startsWith('gap')).length,
      2,
      'for the one sent and the one pending',
    );
    // what was confirmed and is asked for again is answered by a gap record
    const again = await journal.replay({ epoch: journal.epoch, from: at(0).seq, to: at(0).seq });
    t.same(again.missing, [[at(0).seq, at(0).seq]]);
    if (!sealed) return;
    t.match(await verifyJournal(join(folder, 'j.db'), { keys }), { ok: true, breaks: [] });
  });
