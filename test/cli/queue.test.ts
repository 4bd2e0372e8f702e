// `anpr queue` and `anpr journal export` as a person meets them: beside a running agent and without one.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { startApi } from '../../agent/api/index.ts';
import { drainText } from '../../agent/cli/drain-policy.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { exportLines, openJournal } from '../../agent/journal/index.ts';
import { loadKeys } from '../../agent/seal/index.ts';
import { AnprError } from '../../agent/shared/errors.ts';
import { importLine } from '../../scripts/consumer/import.ts';
import { handlersOf, queue } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { AT_MS, newRead, silent } from '../journal/records.ts';
import { readPayload } from '../uplink/read-payload.ts';
import { anpr } from './anpr.ts';

const ADDRESS = { site: 'e19', box: 'north' };
const DAY_MS = 24 * 60 * 60_000;

function box(t: Test): { folder: string; ANPR_CONFIG: string } {
  const folder = shortFolder(t);
  const ANPR_CONFIG = join(folder, 'agent.yaml');
  writeFileSync(
    ANPR_CONFIG,
    `version: 1
site: e19
box: north
journal: { path: ${folder}/journal.db }
evidence: { directory: ${folder}/evidence }
api: { socket: ${folder}/s }
`,
  );
  return { folder, ANPR_CONFIG };
}

/** A journal with a read of today and its picture, one of yesterday, and a dead letter. */
async function filled(folder: string) {
  const path = join(folder, 'journal.db');
  const keys = loadKeys(path, { environment: {} }).ring;
  const journal = await openJournal({ path, log: silent, address: ADDRESS, keys });
  const evidence = createEvidenceStore({ directory: join(folder, 'evidence'), keys });
  const jpeg = Buffer.from('a picture, as far as anybody here knows');
  const payload = readPayload();
  const { sha256, sizeBytes } = await evidence.put(payload.id, 'plate', AT_MS, jpeg);
  const pictures = [{ kind: 'plate' as const, at: AT_MS, sizeBytes, sha256 }];
  await journal.append(newRead(0, { id: payload.id, payload: { ...payload }, pictures, at: AT_MS }));
  const dead = newRead(1, { at: AT_MS - DAY_MS });
  const { seq } = await journal.append(dead);
  const [record] = (await journal.pending({ after: 0, limit: 9 })).filter(({ id }) => id === dead.id);
  await journal.markDead(record!.position, 'packet too large');
  return { journal, evidence, dead, seq, payload, jpeg, sha256 };
}

const short = (text: string) => text.split('\n').every((line) => line.length <= 80);

test('what waits, without an agent: counts, dead letters, and that PUBACK counts', async (t) => {
  const { folder, ANPR_CONFIG } = box(t);
  const { journal, dead } = await filled(folder);
  await journal.close();
  const { exitCode, stdout, stderr } = await anpr(['queue'], { ANPR_CONFIG });
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /Waiting +1 read, 1 gap, 1 audit; the oldest for \d/);
  t.match(stdout, /no receipts: PUBACK counts as delivered/);
  t.match(stdout, /not known: no agent runs/);
  t.match(stdout, new RegExp(`${dead.id} +read .*packet too large`));
  t.ok(short(stdout), stdout);
  const json = JSON.parse((await anpr(['queue', '--json'], { ANPR_CONFIG })).stdout);
  t.match(json, { dead: 1, receipt: null, perMinute: null, deadLetters: [{ id: dead.id }] });
  t.equal((await anpr(['queue', 'retry', '--all'], { ANPR_CONFIG })).exitCode, 3, 'only the agent writes');
});

test('beside an agent: the pace, retry, drop, and what it refuses', async (t) => {
  const { folder, ANPR_CONFIG } = box(t);
  const asked: string[] = [];
  const letter = { id: 'id-1', type: 'read' as const, epoch: 'e', seq: 1, at: 1, reason: 'no', deadAt: 2 };
  const api = await startApi({
    socketPath: join(folder, 's'),
    handlers: handlersOf({
      queue: async () => ({
        ...queue,
        deadLetters: [letter, { ...letter, id: 'id-2' }],
        receipt: { epoch: 'e', upTo: 7, at: Date.now() },
      }),
      retryDead: async (id) => void asked.push(`retry ${id}`),
      async dropDead(id) {
        if (id === 'gone') throw new AnprError('journal.no-dead-letter', 'no such', 'See: anpr queue');
        asked.push(`drop ${id}`);
      },
    }),
    log: silent,
  });
  t.teardown(() => api.close());
  const { stdout } = await anpr(['queue'], { ANPR_CONFIG });
  t.match(stdout, /1,200 reads/);
  t.match(stdout, /in about 2 min: 660 sent, 60 new in the last minute/);
  t.match(stdout, /last receipt .* up to seq 7/);
  t.ok(short(stdout), stdout);
  t.match(await anpr(['queue', 'retry', 'id-9'], { ANPR_CONFIG }), { exitCode: 0, stdout: /1 record is/ });
  t.match(await anpr(['queue', 'retry', '--all'], { ANPR_CONFIG }), { exitCode: 0, stdout: /2 records are/ });
  t.match(await anpr(['queue', 'drop', 'id-9'], { ANPR_CONFIG }), { exitCode: 0, stdout: /Removed/ });
  t.same(asked, ['retry id-9', 'retry id-1', 'retry id-2', 'drop id-9']);
  t.match(await anpr(['queue', 'drop', 'gone'], { ANPR_CONFIG }), {
    exitCode: 1,
    stderr: /no such.*See: anpr queue.*journal\.no-dead-letter/s,
  });
});

test('wrong arguments say what was wanted', async (t) => {
  for (const args of [
    ['queue', 'retry'],
    ['queue', 'retry', 'id', '--all'],
    ['queue', 'drop'],
    ['queue', 'rtry', 'id'],
    ['journal', 'export', '--from', 'someday'],
    ['journal', 'export', '--from', 'today', '--to', 'yesterday'],
    ['journal', 'export', '--output'],
  ]) {
    const { exitCode, stderr } = await anpr(args);
    t.equal(exitCode, 2, args.join(' '));
    t.match(stderr, /anpr/, stderr);
  }
});

test('an export carries messages and pictures; the central side takes it', async (t) => {
  const { folder, ANPR_CONFIG } = box(t);
  const { journal, payload, jpeg, sha256 } = await filled(folder);
  await journal.close();
  const file = join(folder, 'stick.jsonl');
  const { exitCode, stderr } = await anpr(['journal', 'export', '--output', file], { ANPR_CONFIG });
  t.equal(exitCode, 0, stderr);
  t.match(stderr, /records: 4, pictures: 1, written to/);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const read = lines.find((line) => line.includes(payload.id))!;
  const message = JSON.parse(read);
  t.match(message, {
    type: 'read',
    seq: Number,
    seal: { keyId: String },
    pictures: [{ kind: 'plate', sha256 }],
  });
  t.equal(Buffer.from(message.pictures[0].jpeg, 'base64').toString(), jpeg.toString());
  t.equal(createHash('sha256').update(jpeg).digest('hex'), sha256);
  const arrivals = importLine(read, 'line 1');
  t.match(
    arrivals.map(({ kind }) => kind),
    ['record', 'picture'],
  );
  t.match(await anpr(['journal', 'verify', file], { ANPR_CONFIG }), { exitCode: 0 });

  const yesterday = await anpr(
    ['journal', 'export', '--to', `${new Date(AT_MS - 1000).toISOString().slice(0, 19)}Z`],
    {
      ANPR_CONFIG,
    },
  );
  t.match(yesterday.stderr, /records: 1, pictures: 0/);
  t.equal(yesterday.stdout.trimEnd().split('\n').length, 1);
});

test('beside the agent the export goes through it, and its audit log knows', async (t) => {
  const { folder, ANPR_CONFIG } = box(t);
  const { journal, evidence } = await filled(folder);
  t.teardown(() => journal.close());
  const noted: unknown[] = [];
  const api = await startApi({
    socketPath: join(folder, 's'),
    handlers: handlersOf({
      exportLines: (options) =>
        exportLines({ exportPage: journal.exportPage, picture: evidence.get }, options),
      audit: async (entry) => void noted.push(entry),
    }),
    log: silent,
  });
  t.teardown(() => api.close());
  const { exitCode, stdout, stderr } = await anpr(['journal', 'export', '--no-pictures'], { ANPR_CONFIG });
  t.equal(exitCode, 0, stderr);
  t.equal(stdout.trimEnd().split('\n').length, 4);
  t.notMatch(stdout, /"pictures":/);
  t.match(noted, [
    { action: 'export', rows: null, filter: { pictures: 'false' } },
    { action: 'export', rows: 4 },
  ]);
  const unwritable = await anpr(['journal', 'export', '-o', join(folder, 'no', 'where')], { ANPR_CONFIG });
  t.match(unwritable, { exitCode: 2, stderr: /cannot write/ });
  t.notOk(existsSync(join(folder, 'no')));
});

test('how long it takes, from a minute of figures', async (t) => {
  const table: [pending: number, pace: [appended: number, sent: number] | null, expected: RegExp][] = [
    [0, null, /^nothing waits$/],
    [5, null, /no agent runs/],
    [5, [3, 0], /nothing was sent/],
    [5, [10, 10], /^not at this pace/],
    [1000, [0, 2000], /^in about 30 s: 2,000 sent, 0 new/],
    [100_000, [60, 1060], /^in about 1 h 40 min/],
  ];
  for (const [pending, pace, expected] of table)
    t.match(drainText(pending, pace && { appended: pace[0], sent: pace[1] }), expected);
});
