import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'tap';
import { type PictureOfRead, startEvidenceMaker } from '../../agent/evidence/index.ts';

const plane = (width: number, height: number, grey: number) => ({
  data: new Uint8Array(width * height).fill(grey),
  width,
  height,
});
/** New each time: the planes go to the thread. */
const picture = (): PictureOfRead => ({
  readId: 'read-1',
  capturedAt: Date.parse('2026-11-22T12:00:00Z'),
  planes: { y: plane(640, 360, 90), u: plane(320, 180, 128), v: plane(320, 180, 128) },
  corners: [
    [100, 100],
    [220, 100],
    [220, 126],
    [100, 126],
  ],
});

test("a read's pictures are made and on disk when the thread answers", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'evidence-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const maker = await startEvidenceMaker({ directory, overview: 'full', jpegQuality: 80 });
  const given = picture();
  const { items, problem } = await maker.make(given);
  await maker.close();
  t.equal(problem, null);
  t.equal(given.planes.y.data.length, 0, 'the planes were moved, not copied');
  t.same(
    items.map(({ kind }) => kind),
    ['plate', 'overview'],
  );
  for (const { file, sizeBytes } of items) t.equal(readFileSync(file).length, sizeBytes);
  t.match(await sharp(items[1]!.file).metadata(), { format: 'jpeg', width: 640, height: 360 });
});

test('a disk that takes no picture is told of, and the thread goes on', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'evidence-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const blocked = join(directory, 'file');
  writeFileSync(blocked, 'not a folder');
  const maker = await startEvidenceMaker({ directory: blocked, overview: 'none', jpegQuality: 80 });
  const { items, problem } = await maker.make(picture());
  t.same(items, []);
  t.match(problem, { code: /^evidence\./ });
  rmSync(blocked);
  t.equal((await maker.make(picture())).items.length, 1);
  await maker.close();
  await t.rejects(maker.make(picture()), { code: 'evidence.closed' });
});
