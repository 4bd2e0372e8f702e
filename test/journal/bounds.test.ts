// How much the journal keeps and for how long, and what goes first: delivered before undelivered, pictures before records
// where it helps, hits last; and that each loss is told.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { type Test, test } from 'tap';
import {
  type Gap,
  type Journal,
  type JournalBounds,
  type NewRecord,
  openJournal,
  type PictureKind,
} from '../../agent/journal/index.ts';
import { createShelf } from '../../agent/journal/shelf.ts';
import { pictureFile } from '../../agent/shared/picture-path.ts';
import { ADDRESS, AT_MS, newRead, silent } from './records.ts';

const DAY_MS = 24 * 60 * 60_000;

interface Over extends Partial<Omit<JournalBounds, 'pictures'>> {
  pictures?: Partial<JournalBounds['pictures']>;
}

async function open(
  t: Test,
  over: Over = {},
  folder = t.testdir(),
): Promise<Journal & { directory: string }> {
  const directory = join(folder, 'evidence');
  const journal = await openJournal({
    path: join(folder, 'journal.db'),
    log: silent,
    address: ADDRESS,
    bounds: {
      maxSizeBytes: 100e6,
      keepDeliveredMs: DAY_MS,
      maxAgeMs: null,
      ...over,
      pictures: {
        directory,
        maxSizeBytes: 100e6,
        keepDeliveredMs: DAY_MS,
        maxAgeMs: null,
        wanted: ['plate'],
        ...over.pictures,
      },
    },
  });
  t.teardown(() => journal.close());
  return Object.defineProperties(journal, { directory: { value: directory } }) as Journal & {
    directory: string;
  };
}

const large = (n: number, over: Partial<NewRecord> = {}): NewRecord => {
  const read = newRead(n, over);
  return { ...read, payload: { ...read.payload, filler: 'x'.repeat(3000) } };
};

/** A read with its pictures, on the disk. */
function withPictures(directory: string, n: number, sizeBytes = 1000): NewRecord {
  const kinds: PictureKind[] = ['plate', 'overview'];
  const read = newRead(n, {
    pictures: kinds.map((kind) => ({ kind, at: AT_MS, sizeBytes, sha256: 'a'.repeat(64) })),
  });
  for (const kind of kinds) {
    const file = pictureFile(directory, read.id, kind, AT_MS);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.alloc(sizeBytes));
  }
  return read;
}

const gapsOf = async (journal: Journal): Promise<Gap[]> =>
  (await journal.pending({ after: 0, limit: 100_000, types: ['gap'] })).map(
    ({ json }) => JSON.parse(`${json}`).gap,
  );

const filesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true })
        .map(String)
        .filter((n) => n.endsWith('.jpg'))
    : [];

/** Each seq is there or in exactly one gap record. */
async function accounts(t: Test, journal: Journal): Promise<Gap[]> {
  const { lastSeq } = await journal.counts();
  const pending = await journal.pending({ after: 0, limit: 100_000 });
  const gaps = (await gapsOf(journal)).filter(({ what }) => what === 'records');
  const told = gaps.flatMap(({ from, to }) =>
    Array.from({ length: (to ?? 0) - (from ?? 0) + 1 }, (_, n) => (from ?? 0) + n),
  );
  t.same(
    [...pending.map(({ seq }) => seq), ...told].sort((a, b) => a - b),
    Array.from({ length: lastSeq }, (_, n) => n + 1),
    'every seq is there or told',
  );
  return gaps;
}

test('records at their bound: the oldest undelivered reads go, hits stay, and few gap records tell of many', async (t) => {
  const journal = await open(t, { maxSizeBytes: 2e6 });
  for (let n = 0; n < 1500; n += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => journal.append(large(n + i, n + i < 3 ? { type: 'hit' } : {}))),
    );
  const gaps = await accounts(t, journal);
  const lost = gaps.reduce((sum, { count }) => sum + (count ?? 0), 0);
  t.ok(lost > 700 && lost < 1300, `${lost} of 1500 lost`);
  t.ok(gaps.length < lost / 10, `told in ${gaps.length} gap records`);
  t.ok(gaps.every(({ reason }) => reason === 'dropped'));
  t.equal((await journal.pending({ after: 0, limit: 10, types: ['hit'] })).length, 3);
  t.ok(statSync(journal.path).size <= 2e6);
});

test('delivered records go first, and nothing is told of them', async (t) => {
  const journal = await open(t, { maxSizeBytes: 2e6 });
  for (let n = 0; n < 12; n++) {
    await Promise.all(Array.from({ length: 50 }, () => journal.append(large(n))));
    await journal.markSent(Array.from({ length: journal.lastPosition - 5 }, (_, p) => p + 1));
  }
  t.same(await gapsOf(journal), []);
  t.equal((await journal.counts()).pending, 5);
});

test('where receipts come: confirmed ones first, then those only sent, and these are told', async (t) => {
  const journal = await open(t, { maxSizeBytes: 2e6 });
  await Promise.all(Array.from({ length: 300 }, (_, n) => journal.append(large(n))));
  await journal.markSent(Array.from({ length: 300 }, (_, n) => n + 1));
  await journal.confirm({ epoch: journal.epoch, upTo: 100, holes: [] });
  await Promise.all(Array.from({ length: 400 }, (_, n) => journal.append(large(n))));
  const [gap] = await gapsOf(journal);
  t.match(gap, { from: 101, reason: 'dropped' });
});

test('pictures at their own bound: delivered ones go, then undelivered; records stay, the loss is told', async (t) => {
  const journal = await open(t, { pictures: { maxSizeBytes: 12_000 } });
  const reads = Array.from({ length: 8 }, (_, n) => withPictures(journal.directory, n));
  for (const read of reads) await journal.append(read);
  await journal.markSent([5]);
  await journal.markPicture({ readId: reads[4]!.id, kind: 'plate' }, 'sent');
  await journal.maintain();
  const left = filesIn(journal.directory).length;
  t.ok(left <= 12 && left >= 10, `${left} of 16 pictures of 1000 bytes left within 12,000`);
  t.notOk(
    existsSync(pictureFile(journal.directory, reads[4]!.id, 'plate', AT_MS)),
    'the delivered one is gone',
  );
  const { pending, sent } = await journal.counts();
  t.equal(pending + sent, 8 + (await gapsOf(journal)).length, 'every record stays');
  t.match(await gapsOf(journal), [{ what: 'pictures', from: 1, reason: 'dropped' }]);
});

test('which pictures are to be sent may change while it is open: the loss of those, and only of those, is told', async (t) => {
  const journal = await open(t, { pictures: { maxAgeMs: 0, wanted: [] } });
  await journal.append(withPictures(journal.directory, 1));
  await journal.maintain();
  t.same(filesIn(journal.directory), []);
  t.same(await gapsOf(journal), [], 'none was to be sent');
  await journal.wantPictures(['plate', 'overview']);
  await journal.append(withPictures(journal.directory, 2));
  await journal.maintain();
  t.same(filesIn(journal.directory), []);
  t.match(await gapsOf(journal), [{ what: 'pictures', from: 2, to: 2, count: 2, reason: 'expired' }]);
});

test('what is too old goes: undelivered records and pictures with a gap record, delivered ones without', async (t) => {
  const journal = await open(t, {
    keepDeliveredMs: 0,
    maxAgeMs: 0,
    pictures: { maxAgeMs: 0, keepDeliveredMs: 0 },
  });
  const reads = Array.from({ length: 5 }, (_, n) => withPictures(journal.directory, n));
  for (const read of reads) await journal.append(read);
  await journal.markSent([1, 2]);
  await journal.markDead(3, 'no');
  await journal.maintain();
  t.same(filesIn(journal.directory), []);
  t.match(await gapsOf(journal), [
    { from: 3, to: 3, reason: 'dead-letter' },
    { what: 'pictures', from: 1, to: 5, count: 5, reason: 'expired' },
    { what: 'records', from: 4, to: 5, count: 2, reason: 'expired' },
  ]);
  t.match(await journal.counts(), { records: 3, pending: 3, dead: 0 }, 'gap records stay');
});

test('ages are not told by the clock: a year in delivery.at removes nothing', async (t) => {
  const journal = await open(t);
  await journal.append(newRead(1));
  await journal.append(newRead(2));
  await journal.markSent([1]);
  const beside = new Database(journal.path);
  beside.exec(`UPDATE delivery SET at = at - ${366 * DAY_MS}`);
  beside.close();
  await journal.maintain();
  t.match(await journal.counts(), { records: 2 });
});

test('pictures that no record names go when they are old, or when there is no room; others are not touched', async (t) => {
  const journal = await open(t, { pictures: { maxAgeMs: 10 * DAY_MS } });
  const read = withPictures(journal.directory, 1);
  await journal.append(read);
  const folder = join(journal.directory, '2026-01-01');
  mkdirSync(folder, { recursive: true });
  const at = (days: number) => new Date(Date.now() - days * DAY_MS);
  for (const [name, days] of [
    ['old-plate.jpg', 20],
    ['young-plate.jpg', 1],
    ['half.jpg.0123.part', 20],
    ['notes.txt', 20],
  ] as const) {
    writeFileSync(join(folder, name), 'x');
    utimesSync(join(folder, name), at(days), at(days));
  }
  await journal.maintain();
  t.same(readdirSync(folder).sort(), ['notes.txt', 'young-plate.jpg']);
  t.equal(filesIn(journal.directory).length, 3);
});

test('a picture whose read had to wait for the journal is no stray any more', async (t) => {
  const journal = await open(t);
  const beside = new Database(journal.path);
  t.teardown(() => beside.close());
  const late = withPictures(journal.directory, 1);
  const yesterday = new Date(Date.now() - DAY_MS);
  for (const file of filesIn(journal.directory))
    utimesSync(join(journal.directory, file), yesterday, yesterday);
  const shelf = createShelf(beside, journal.directory);
  await shelf.sweep(() => false);
  t.ok(shelf.has('stray'));
  await journal.append(late);
  t.equal(shelf.unlinkStrays(), 0);
  t.equal(filesIn(journal.directory).length, late.pictures?.length);
});

test('the pictures of a read on both sides of midnight: the earlier ones are strays, the later ones stay', async (t) => {
  const journal = await open(t);
  const beside = new Database(journal.path);
  t.teardown(() => beside.close());
  const read = withPictures(journal.directory, 1);
  await journal.append(read);
  const old = new Date(Date.now() - DAY_MS);
  for (const { kind, at } of read.pictures ?? []) {
    const earlier = pictureFile(journal.directory, read.id, kind, at - DAY_MS);
    mkdirSync(dirname(earlier), { recursive: true });
    writeFileSync(earlier, Buffer.alloc(10));
    for (const file of [earlier, pictureFile(journal.directory, read.id, kind, at)])
      utimesSync(file, old, old);
  }
  const shelf = createShelf(beside, journal.directory);
  await shelf.sweep(() => false);
  t.equal(shelf.unlinkStrays(), 2);
  for (const { kind, at } of read.pictures ?? [])
    t.ok(existsSync(pictureFile(journal.directory, read.id, kind, at)), `${kind} of the later day`);
  t.equal(filesIn(journal.directory).length, 2);
});

test('a disk that is really full: pictures go, and reads are kept', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
  let skip: string | false = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    skip = 'needs the right to mount a small disk';
  }
  t.teardown(() => {
    if (!skip) execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  await t.test('in mid-flight', { skip }, async (t) => {
    const journal = await open(t, { maxSizeBytes: 50e6 }, folder);
    const reads = Array.from({ length: 12 }, (_, n) => withPictures(journal.directory, n, 200_000));
    for (const read of reads) await journal.append(read);
    try {
      writeFileSync(join(folder, 'filler'), Buffer.alloc(8 << 20));
    } catch {
      // full, as it should be
    }
    const before = filesIn(journal.directory).length;
    for (let n = 0; n < 40; n++)
      await journal.append({ ...large(n), payload: { filler: 'x'.repeat(30_000) } });
    t.ok(filesIn(journal.directory).length < before, 'pictures went');
    t.equal((await journal.pending({ after: 0, limit: 100, types: ['read'] })).length, 52, 'no read did');
    await journal.close();
  });
});
