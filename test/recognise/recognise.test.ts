import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type Test, test } from 'tap';
import {
  annotate,
  evaluate,
  isFailure,
  type PictureResult,
  pictureFailure,
  pictureResult,
  picturesOf,
  recognise,
  recogniseOne,
} from '../../agent/recognise/index.ts';
import { loadVision, type Vision } from '../../agent/vision/index.ts';

const directory = path.resolve(import.meta.dirname, '../fixtures/models');

async function vision(t: Test): Promise<Vision> {
  const loaded = await loadVision({ directory, detector: 'tiny', straightener: 'none', reader: 'tiny' });
  t.teardown(() => loaded.close());
  return loaded;
}

/** Dark, 320x240, with one spot that the tiny detector takes for a plate at 148, 80, 32x8. */
async function picture(file: string): Promise<void> {
  const spot = { create: { width: 8, height: 8, channels: 3 as const, background: '#fff' } };
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#000' } })
    .composite([{ input: spot, left: 160, top: 80 }])
    .toFile(file);
}

test('pictures come in the given order, those of a folder sorted, with the folders in it', async (t) => {
  const folder = t.testdir({
    'b.JPG': '',
    'a.png': '',
    'notes.txt': '',
    '.hidden.jpg': '',
    'a.annotated.jpg': '',
    deep: { 'c.jpeg': '', deeper: { 'd.jpg': '' } },
  });
  const named = [path.join(folder, 'notes.txt'), folder, path.join(folder, 'nowhere.jpg')];
  t.same(
    (await picturesOf(named)).map(({ name }) => name),
    ['notes.txt', 'a.png', 'b.JPG', 'deep/c.jpeg', 'deep/deeper/d.jpg', 'nowhere.jpg'],
    'a file that is named is tried, whatever its name; nobody looks yet whether it is there',
  );
});

test('one line a picture as promised; what cannot be read fails alone', async (t) => {
  const folder = t.testdir({ '2-words.jpg': 'no picture', '3-empty.png': '' });
  await picture(path.join(folder, '1-plate.png'));
  await picture(path.join(folder, '4-plate.jpg'));
  const results = [];
  for await (const one of recognise(await vision(t), [folder, path.join(folder, 'gone.jpg')])) {
    t.equal(one.of, 5);
    results.push(one.result);
  }
  t.same(
    results.map((result) => (isFailure(result) ? pictureFailure.parse(result).error.code : 'read')),
    ['read', 'picture.unreadable', 'picture.empty', 'read', 'picture.missing'],
  );
  const plate = pictureResult.parse(JSON.parse(JSON.stringify(results[0])));
  t.match(plate, {
    file: path.join(folder, '1-plate.png'),
    width: 320,
    height: 240,
    // the model says B, but no Belgian series looks like that
    plates: [{ text: 'AB12', country: 'unknown', box: [148, 80, 32, 8], alternatives: [] }],
  });
  const { decode, detect, read, total } = plate.ms;
  t.ok(decode > 0 && detect > 0 && read > 0 && total >= decode);
});

test('recognising stops between two pictures when it is told to', async (t) => {
  const folder = t.testdir();
  for (const name of ['1.png', '2.png', '3.png']) await picture(path.join(folder, name));
  const abort = new AbortController();
  let seen = 0;
  for await (const _ of recognise(await vision(t), [folder], { signal: abort.signal }))
    if (++seen === 2) abort.abort();
  t.equal(seen, 2);
});

test('an annotated picture has the size of the original and shows the text in its place', async (t) => {
  const folder = t.testdir({ in: { sub: {} } });
  await picture(path.join(folder, 'in/sub/gate.png'));
  const [one] = await picturesOf([path.join(folder, 'in')]);
  const { result } = await recogniseOne(await vision(t), one!);
  const file = await annotate(one!, result as PictureResult, path.join(folder, 'out'));
  t.equal(file, path.join(folder, 'out/sub/gate.annotated.jpg'));
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  t.match(info, { width: 320, height: 240 });
  // Left of and above the plate is the label: green, with black dots for the letters.
  const label = { left: 148, top: 60, width: 60, height: 18 };
  const { channels } = await sharp(await sharp(file).extract(label).png().toBuffer()).stats();
  t.ok(channels[1]!.max > 200 && channels[1]!.min < 60, 'green and black');
  t.ok(channels[0]!.max < 120, 'no white: the letters are not the picture');
  t.equal(data[0], 0, 'elsewhere the picture is as it was');
  t.same(await readdir(path.join(folder, 'in/sub')), ['gate.png'], 'nothing is written beside the original');
});

test('an evaluation says what was found, what was right, and what was not', async (t) => {
  const folder = t.testdir({ 'gone.txt': '' });
  await mkdir(folder, { recursive: true });
  for (const name of ['right', 'wrong', 'none', 'masked']) await picture(path.join(folder, `${name}.png`));
  const rows = [
    'file,x,y,w,h,text,ignore',
    'right.png,148,80,32,8,AB12,0',
    'wrong.png,148,80,32,8,AB1Z,0',
    'wrong.png,10,10,32,8,ZZZ999,0',
    'none.png,,,,,,',
    'masked.png,140,70,60,30,,1',
    'gone.png,10,10,50,12,QQ11,0',
  ];
  await writeFile(path.join(folder, 'labels.csv'), rows.join('\n'));
  const options = { minConfidence: 0.3, minCharacters: 3 };
  const result = await evaluate(await vision(t), folder, options);
  t.match(result, {
    pictures: 5,
    failed: 1,
    found: { count: 2, n: 4 },
    exact: { count: 1, n: 4 },
    exactLenient: { count: 1, n: 4 },
    exactOfFound: { count: 1, n: 2 },
    characters: { count: 7, n: 18 },
    falseReads: { count: 1, n: 5, rate: 0.2 },
  });
  t.same(
    result.mistakes.map(({ file, kind, truth, read }) => [file, kind, truth, read?.slice(0, 4)]),
    [
      ['wrong.png', 'misread', 'AB1Z', 'AB12'],
      ['wrong.png', 'missed', 'ZZZ999', undefined],
      ['none.png', 'false-read', undefined, 'AB12'],
      ['gone.png', 'failed', undefined, 'no s'],
      ['gone.png', 'missed', 'QQ11', undefined],
    ],
  );
  const longer = await evaluate(await vision(t), folder, { ...options, minCharacters: 5 });
  t.equal(longer.falseReads.count, 0, 'reads too short to be kept are no false reads');
});

test('without plates every read is a false one', async (t) => {
  const folder = t.testdir();
  for (const name of ['1.png', '2.png']) await picture(path.join(folder, name));
  const result = await evaluate(await vision(t), folder, {
    minConfidence: 0.3,
    minCharacters: 3,
    noPlates: true,
  });
  t.match(result, { pictures: 2, found: { n: 0, share: null }, falseReads: { count: 2, rate: 1 } });
});
