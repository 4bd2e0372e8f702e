import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { test } from 'tap';
import { frameOfPicture } from '../../agent/vision/index.ts';

/** 400x300, red on the left, blue on the right. */
function halves(): Sharp {
  const half = (background: string) => ({
    create: { width: 200, height: 300, channels: 3 as const, background },
  });
  return sharp({ create: { width: 400, height: 300, channels: 3, background: '#000' } }).composite([
    { input: half('#ff0000'), left: 0, top: 0 },
    { input: half('#0000ff'), left: 200, top: 0 },
  ]);
}

test('a picture becomes a frame of luma as video has it', async (t) => {
  const frame = await frameOfPicture(await halves().png().toBuffer(), { name: 'halves' });
  t.match(frame, { camera: 'halves', sequence: 0, width: 400, height: 300 });
  const rows = frame.rows(10, 12)!;
  t.match(rows, { width: 400, height: 2 });
  t.equal(rows.data.length, 800);
  t.same([rows.data[0], rows.data[399]], [77, 29], 'BT.601: 0.299 of red, 0.114 of blue');
  t.match(frame.small, { width: 400, height: 300 });
  t.equal(frame.small, frame.small, 'made once');
  t.same(frame.planes(), { y: { data: frame.rows(0, 300)!.data, width: 400, height: 300 } });
  frame.release();
  frame.release();
  t.equal(frame.rows(0, 1), undefined, 'gone once it is released');
  t.equal(frame.planes(), undefined);
});

test('the small copy fits the detector', async (t) => {
  const large = await halves().resize(1600, 1200).jpeg().toBuffer();
  t.match((await frameOfPicture(large)).small, { width: 512, height: 384 });
  t.match((await frameOfPicture(large, { limits: { maxWidth: 320, maxHeight: 320 } })).small, {
    width: 320,
    height: 240,
  });
});

test('pictures with one channel, with transparency, with 16 bits', async (t) => {
  const level = async (picture: Sharp) => {
    const frame = await frameOfPicture(await picture.png().toBuffer());
    t.equal(frame.rows(0, frame.height)!.data.length, frame.width * frame.height);
    return frame.rows(0, 1)!.data[0]!;
  };
  const grey = sharp({ create: { width: 40, height: 30, channels: 3, background: '#5a5a5a' } });
  t.equal(await level(grey.clone().toColourspace('b-w')), 0x5a);
  t.equal(await level(grey.clone().toColourspace('rgb16')), 0x5a);
  t.equal(await level(grey.clone().toColourspace('grey16')), 0x5a);
  const clear = sharp({
    create: { width: 40, height: 30, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
  });
  t.equal(await level(clear), 0x80, 'what is transparent is grey, not what hides there');
  t.equal(await level(clear.clone().toColourspace('b-w')), 0x80);
});

test('a picture is turned as its EXIF says', async (t) => {
  for (const [orientation, width, leftTop] of [
    [1, 400, 76],
    [3, 400, 29],
    [6, 300, 76],
    [8, 300, 29],
  ] as const) {
    const jpeg = await halves()
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation })
      .toBuffer();
    const frame = await frameOfPicture(jpeg);
    t.equal(frame.width, width, `orientation ${orientation}`);
    t.ok(Math.abs(frame.rows(0, 1)!.data[0]! - leftTop) < 4);
  }
});

test('each thing that can be wrong with a picture has its own code', async (t) => {
  const folder = t.testdir();
  const jpeg = await halves().resize(1200, 900).jpeg().toBuffer();
  const png = await halves().png().toBuffer();
  // Noise, so that half of the file is half of the picture.
  const noise = sharp({
    create: {
      width: 600,
      height: 400,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
  const noisyPng = await noise.clone().png().toBuffer();
  const noisyJpeg = await noise.clone().jpeg().toBuffer();
  const cases: [string, Buffer, string][] = [
    ['zero.jpg', Buffer.alloc(0), 'picture.empty'],
    [
      'words.jpg',
      Buffer.from('this is not a picture, and long enough to be looked at'),
      'picture.unreadable',
    ],
    ['zeros.png', Buffer.alloc(5000), 'picture.unreadable'],
    ['head.jpg', jpeg.subarray(0, 20), 'picture'],
    ['cut.jpg', noisyJpeg.subarray(0, noisyJpeg.length / 2), 'picture.truncated'],
    ['cut.png', noisyPng.subarray(0, noisyPng.length / 2), 'picture.truncated'],
    ['head.png', png.subarray(0, 40), 'picture'],
  ];
  for (const [name, bytes, code] of cases) {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    await t.rejects(
      frameOfPicture(file),
      { name: 'AnprError', code: new RegExp(`^${code}`), message: new RegExp(name) },
      name,
    );
  }
  await t.rejects(frameOfPicture(path.join(folder, 'nowhere.jpg')), { code: 'picture.missing' });
  await t.rejects(frameOfPicture(folder), { code: 'picture.unreadable' }, 'a folder');
});

test('a picture that is too large is refused before it is decoded', async (t) => {
  const wide = await sharp({ create: { width: 20_000, height: 8, channels: 3, background: '#888' } })
    .png()
    .toBuffer();
  await t.rejects(frameOfPicture(wide, { name: 'wide.png' }), {
    code: 'picture.too-large',
    message: /wide\.png: 20000 x 8 pixels; at most 16384 a side/,
    remedy: /Scale it down/,
  });
  // A PNG's head that claims 20,000 x 20,000 pixels, with hardly any data behind.
  const claim = Buffer.from(wide);
  claim.writeUInt32BE(20_000, 20);
  const crc = (await import('node:zlib')).crc32(claim.subarray(12, 29));
  claim.writeUInt32BE(crc, 29);
  await t.rejects(frameOfPicture(claim, { name: 'square.png' }), { code: 'picture.too-large' });
});
