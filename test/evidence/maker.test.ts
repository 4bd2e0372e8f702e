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

test('the overview is what its policy says', async (t) => {
  const made = new Map<string, Buffer | undefined>();
  for (const overview of ['none', 'masked', 'full'] as const) {
    const directory = await mkdtemp(join(tmpdir(), 'evidence-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const maker = await startEvidenceMaker({ directory, overview, jpegQuality: 95 });
    const given = picture();
    // stripes of 16 pixels, everywhere
    if ('u' in given.planes)
      given.planes.y.data.forEach((_, index, data) => {
        data[index] = index & 16 ? 200 : 50;
      });
    const { items } = await maker.make(given);
    await maker.close();
    const file = items.find(({ kind }) => kind === 'overview')?.file;
    made.set(overview, file === undefined ? undefined : await sharp(file).greyscale().raw().toBuffer());
    t.match(items[0], { kind: 'plate' }, 'the plate comes whatever the policy');
  }
  const spread = (overview: string, x: number, y: number) => {
    const row = made.get(overview)!.subarray(y * 640 + x, y * 640 + x + 60);
    return Math.max(...row) - Math.min(...row);
  };
  t.equal(made.get('none'), undefined);
  t.ok(spread('full', 130, 110) > 100 && spread('full', 130, 40) > 100);
  t.ok(spread('masked', 130, 110) > 100, 'the plate is clear');
  t.ok(spread('masked', 130, 40) < 80, 'what is above it is not');
  t.ok(spread('masked', 560, 110) < 80, 'nor what is beside it');
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
