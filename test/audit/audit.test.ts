// Nobody looks at what was read without being noted: first the note, then the answer, with an agent and without one.

import { appendFileSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type ApiHandlers, connectApi, startApi } from '../../agent/api/index.ts';
import {
  asideFileOf,
  openAudited,
  ownClaim,
  proofFolderOf,
  readAside,
  recordAside,
  takeOver,
  whoAsks,
} from '../../agent/audit/index.ts';
import { type AuditEntry, auditMessage } from '../../agent/contract/index.ts';
import { auditRecordOf, openJournal } from '../../agent/journal/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { handlersOf, record } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { ADDRESS, newRead, silent } from '../journal/records.ts';

const ownUid = process.getuid?.() ?? null;

async function start(t: Test, own: Partial<ApiHandlers> = {}, reasonRequired = () => false) {
  const socketPath = join(shortFolder(t), 'anpr.sock');
  const noted: AuditEntry[] = [];
  const audit = async (entry: AuditEntry) => void noted.push(entry);
  const api = await startApi({
    socketPath,
    handlers: handlersOf({ audit, ...own }),
    log: silent,
    reasonRequired,
  });
  t.teardown(() => api.close());
  return { client: await connectApi(socketPath), noted, socketPath, api };
}

/** A client of somebody's own making. */
function get(
  socketPath: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('each way to what was read is noted: who, what was asked, how much was given', async (t) => {
  const { client, noted } = await start(t, {
    reads: async () => [record(1, '1ABC001'), record(2, '1ABC002')],
    read: async () => record(1, '1ABC001'),
    picture: async () => Buffer.from('jpeg'),
    snapshot: async () => ({ jpeg: Buffer.from('jpeg'), capturedAt: 1 }),
  });
  await client.status();
  t.same(noted, [], 'the status holds nothing that was read');
  await client.reads({ plate: '1ABC*', from: 5 });
  await client.read('id-1');
  await client.picture('id-1', 'plate');
  await client.snapshot('cam');
  await client.audits({ limit: 3 });
  t.same(
    noted.map(({ action, filter, rows }) => [action, filter, rows]),
    [
      ['reads', { plate: '1ABC*', from: '5' }, 2],
      ['show', { id: 'id-1' }, 1],
      ['show', { id: 'id-1', kind: 'plate' }, 1],
      ['snapshot', { camera: 'cam' }, 1],
      ['audit', { limit: '3' }, 0],
    ],
  );
  for (const { who } of noted) t.match(who, { uid: ownUid, proven: true, user: String });
});

test('following is noted before the first read, and with the number at its end', async (t) => {
  const ended = Promise.withResolvers<void>();
  const noted: AuditEntry[] = [];
  const { client } = await start(t, {
    audit: async (entry) => {
      noted.push(entry);
      if (noted.length === 2) ended.resolve();
    },
    followRecords: (tell) => {
      t.match(noted, [{ action: 'follow', rows: null }]);
      for (const n of [1, 2, 3]) tell(record(n, '1ABC001'));
    },
  });
  const stop = new AbortController();
  let heard = 0;
  for await (const _ of await client.followReads({}, stop.signal)) if (++heard === 3) stop.abort();
  await ended.promise;
  t.match(noted[1], { action: 'follow', rows: 3 });
});

test('when the note cannot be kept nothing is given out', async (t) => {
  let followed = 0;
  const { client } = await start(t, {
    reads: async () => [record(1, '1ABC001')],
    audit: async () => {
      throw new Error('disk full');
    },
    followRecords: () => void followed++,
  });
  const refused = { code: 'audit.not-kept', message: /disk full/, remedy: String };
  await t.rejects(client.reads(), refused);
  await t.rejects(client.followReads({}, AbortSignal.timeout(10_000)), refused);
  t.equal(followed, 0);
  t.match(await client.status(), { site: 'e19' }, 'the status still answers');
});

test('who it was is the word of the kernel; a claim alone is marked as one', async (t) => {
  const { noted, socketPath } = await start(t);
  await get(socketPath, '/1/reads', { 'x-anpr-uid': '4711', 'x-anpr-user': 'm%C3%BCller%0A' });
  t.match(noted.pop()?.who, { uid: 4711, proven: false, user: 'müller?', sudoUser: null });
  await get(socketPath, '/1/reads');
  t.same(noted.pop()?.who, { uid: null, proven: false, user: null, sudoUser: null });
  for (const proof of ['../../etc/passwd', 'x', '00000000-0000-0000-0000-000000000000'])
    t.match(whoAsks({ 'x-anpr-proof': proof }, socketPath), { proven: false }, proof);
  const name = '01234567-89ab-cdef-0123-456789abcdef';
  writeFileSync(join(proofFolderOf(socketPath), name), '');
  t.match(whoAsks({ 'x-anpr-proof': name, 'x-anpr-uid': '4711' }, socketPath), { uid: ownUid, proven: true });
  linkSync(join(proofFolderOf(socketPath), name), join(socketPath, '..', 'linked'));
  t.match(
    whoAsks({ 'x-anpr-proof': name }, socketPath),
    { proven: false },
    "another's file under a second name",
  );
});

test('proofs are left where nobody else can list or remove them, and none stays behind', async (t) => {
  const { client, socketPath, api } = await start(t);
  await client.reads();
  t.equal(statSync(proofFolderOf(socketPath)).mode & 0o7777, 0o1730);
  t.same(readdirSync(proofFolderOf(socketPath)), []);
  await api.close();
  t.notOk(statSync(proofFolderOf(socketPath), { throwIfNoEntry: false }));
});

test('why somebody looks is noted in their own words', async (t) => {
  const { noted, socketPath } = await start(t);
  const asked = async (reason: string | undefined) => {
    await (await connectApi(socketPath, { reason })).reads();
    return noted.pop()?.reason;
  };
  t.equal(await asked(undefined), null);
  t.equal(await asked('  '), null, 'blanks are no reason');
  t.equal(await asked('dossier 2026/114 – gestolen voertuig'), 'dossier 2026/114 – gestolen voertuig');
  t.equal(await asked('one\nline\u001b[2J'), 'one line [2J', 'nothing that plays with a terminal');
  t.equal((await asked('x'.repeat(9000)))?.length, 500);
});

test('where a reason is required nothing that was read is given out without one', async (t) => {
  let required = true;
  const { client, noted, socketPath } = await start(t, {}, () => required);
  const refused = { code: 'audit.no-reason', remedy: /--reason/ };
  await t.rejects(client.reads(), refused);
  await t.rejects(client.read('id-1'), refused);
  await t.rejects(client.picture('id-1', 'plate'), refused);
  await t.rejects(client.snapshot('cam'), refused);
  await t.rejects(client.audits(), refused);
  await t.rejects(client.followReads({}, AbortSignal.timeout(10_000)), refused);
  await t.rejects(async () => {
    for await (const _ of client.exportLines({ pictures: false }));
  }, refused);
  t.same(noted, []);
  t.match(await client.status(), { site: 'e19' }, 'the status needs none');
  t.match(await client.queue(), { pending: 1200 });
  const other = await connectApi(socketPath, { reason: 'case 7' });
  await other.reads();
  t.match(noted, [{ action: 'reads', reason: 'case 7' }]);
  required = false;
  await client.reads();
  t.equal(noted.length, 2, 'asked anew for each request');
});

test('without an agent the reason is noted, and demanded, in the same way', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  await (await openJournal({ path, log: silent, address: ADDRESS, keys })).close();
  const mute = await openAudited(path, keys, { reason: ' ', reasonRequired: true });
  t.teardown(() => mute.close());
  for (const look of [
    () => mute.reads({}),
    () => mute.get('x'),
    () => mute.audits({}),
  ] as (() => Promise<unknown>)[])
    await t.rejects(look(), { code: 'audit.no-reason' });
  t.throws(() => mute.note('export', {}, 0), { code: 'audit.no-reason' });
  const told = await openAudited(path, keys, { reason: 'case 7', reasonRequired: true });
  t.teardown(() => told.close());
  await told.reads({ hits: true });
  t.match(readAside(path, keys).entries, [
    { audit: { action: 'reads', reason: 'case 7', filter: { hits: 'true' } } },
  ]);
});

test('a read is erased only with a reason, which is noted before and with the number after', async (t) => {
  let erased = 0;
  const done = Promise.withResolvers<void>();
  const noted: AuditEntry[] = [];
  const { client, socketPath } = await start(t, {
    read: async () => record(1, '1ABC001'),
    audit: async (entry) => {
      noted.push(entry);
      if (noted.length === 2) done.resolve();
    },
    erase: async () => {
      t.match(noted, [{ action: 'erase', filter: { id: 'id-1' }, reason: 'request 7', rows: null }]);
      erased++;
      return 3;
    },
  });
  await t.rejects(client.erase('id-1'), { code: 'audit.no-reason' });
  t.equal(erased, 0);
  const told = await connectApi(socketPath, { reason: 'request 7' });
  t.equal(await told.erase('id-1'), 3);
  await done.promise;
  t.match(noted[1], { action: 'erase', rows: 3 });
});

test('sudo is named', async (t) => {
  t.match(ownClaim({ SUDO_USER: 'technician' }), { uid: ownUid, sudoUser: 'technician', proven: false });
});

test('without an agent: the note lies sealed beside the journal before anything is given out', async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'journal.db');
  const keys = newRing();
  const journal = await openJournal({ path, log: silent, address: ADDRESS, keys });
  await journal.append(newRead(1, { text: 'GEHEIM1' }));
  await journal.close();
  const audited = await openAudited(path, keys, { reason: undefined, reasonRequired: false });
  t.teardown(() => audited.close());
  t.equal((await audited.reads({ plate: 'GEHEIM1' })).length, 1);
  await audited.get('nobody');
  t.notOk(readFileSync(asideFileOf(path)).includes('GEHEIM1'));
  t.match(readAside(path, keys).entries, [
    {
      audit: { action: 'reads', filter: { plate: 'GEHEIM1' }, rows: 1, who: { uid: ownUid, proven: false } },
    },
    { audit: { action: 'show', filter: { id: 'nobody' }, rows: 0 } },
  ]);
  t.match(
    (await audited.audits({})).map(({ payload }) => (payload as { audit: AuditEntry }).audit.action),
    ['show', 'reads', 'key'],
    'newest first, those that no agent has taken over among them',
  );
});

test('without an agent and without room nothing is given out', async (t) => {
  const dir = t.testdir({ 'journal.db.audit': {} });
  const path = join(dir, 'journal.db');
  const keys = newRing();
  await (await openJournal({ path, log: silent, address: ADDRESS, keys })).close();
  const audited = await openAudited(path, keys, { reason: undefined, reasonRequired: false });
  t.teardown(() => audited.close());
  await t.rejects(audited.reads({}), { code: 'audit.not-kept', remedy: String });
});

test('the agent takes the notes over, each once, as records of the chain', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const entry = (n: number): AuditEntry => ({ action: 'reads', who: ownClaim(), filter: { n }, rows: n });
  for (const n of [1, 2]) recordAside(path, keys, entry(n));
  const journal = await openJournal({ path, log: silent, address: ADDRESS, keys });
  t.teardown(() => journal.close());
  const append = ({ id, at, audit }: { id: string; at: number; audit: AuditEntry }) =>
    journal.append(auditRecordOf(audit, ADDRESS, at, id));
  const left = readFileSync(asideFileOf(path));
  t.same(await takeOver(path, keys, append), { taken: 2, unreadable: 0, kept: null });
  writeFileSync(asideFileOf(path), left); // as if the power had gone before the file was removed
  t.match(await takeOver(path, keys, append), { taken: 2 });
  t.match(
    (await journal.audits()).map(({ payload }) => (payload as { audit: AuditEntry }).audit.filter),
    [{}, { n: 2 }, { n: 1 }],
    'by the time of the access, the key after it',
  );
  for (const { json } of await journal.pending({ after: 0, limit: 10 }))
    t.ok(auditMessage.safeParse({ lane: 'urgent', ...JSON.parse(`${json}`) }).success);
  t.same(await takeOver(path, keys, append), { taken: 0, unreadable: 0, kept: null });
});

test('a line that was cut, or that no key opens, is kept and counted; the others count', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const entry: AuditEntry = { action: 'reads', who: null, filter: {}, rows: 1 };
  recordAside(path, keys, entry);
  appendFileSync(asideFileOf(path), readFileSync(asideFileOf(path), 'utf8').slice(0, 60));
  recordAside(path, newRing(), entry);
  recordAside(path, keys, entry);
  const taken: unknown[] = [];
  const result = await takeOver(path, keys, async (each) => taken.push(each));
  t.match(result, { taken: 2, unreadable: 2, kept: /unreadable/ });
  t.equal(taken.length, 2);
  t.ok(statSync(result.kept!).isFile());
});
