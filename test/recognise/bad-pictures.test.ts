// What no camera should send, and some do. Each promise is the same: no confident read that is wrong. Pictures are made of
// those that we drew ourselves (test/fixtures/plates), read by the models that come with the agent.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { type Test, test } from 'tap';
import { UNCERTAIN_BELOW } from '../../agent/confidence/index.ts';
import { isFailure, type PlateResult, recogniseOne } from '../../agent/recognise/index.ts';
import { frameOfPicture, loadVision } from '../../agent/vision/index.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/plates');

interface Known {
  file: string;
  text: string;
  box: { left: number; top: number; width: number; height: number };
}

const known: Known[] = readFileSync(path.join(fixtures, 'labels.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [file = '', x, y, w, h, text = ''] = line.split(',');
    const [left, top, width, height] = [x, y, w, h].map((each) => Math.round(Number(each)));
    return { file: path.join(fixtures, file), text, box: { left, top, width, height } as Known['box'] };
  });
const belgian = known[0]!;
/** two-lines.jpg has a screw in its D: when little of the picture is left that is a B, to us as well. */
const unmistakable = known.filter((one) => !one.file.endsWith('two-lines.jpg'));

const vision = await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' });

/** What a picture that was made here shows of plates. */
async function platesIn(t: Test, picture: Sharp): Promise<PlateResult[]> {
  const file = path.join(t.testdir(), 'picture.png');
  await picture.png().toFile(file);
  const { result } = await recogniseOne(vision, { file, name: 'picture.png' });
  if (isFailure(result)) throw new Error(result.error.message);
  return result.plates;
}

/** Reads that nobody would look at twice, and that are wrong. */
const confidentlyWrong = (plates: readonly PlateResult[], truth = '') =>
  plates
    .filter(({ text, confidence }) => text !== truth && text.length >= 3 && confidence >= UNCERTAIN_BELOW)
    .map(({ text, confidence }) => `${text} ${confidence}`);

/** 640x480 of one colour, or of noise around it. */
function plain(background: string, sigma = 0): Sharp {
  const noise = sigma > 0 ? { noise: { type: 'gaussian' as const, mean: 128, sigma } } : {};
  return sharp({ create: { width: 640, height: 480, channels: 3, background, ...noise } });
}

test('a plate cut by the edge of the frame is not passed off as a whole one', async (t) => {
  for (const { file, text, box } of known) {
    const { width = 0, height = 0 } = await sharp(file).metadata();
    const right = box.left + box.width;
    const bottom = box.top + box.height;
    for (const share of [0.08, 0.15, 0.3, 0.5]) {
      const [across, down] = [Math.round(share * box.width), Math.round(share * box.height)];
      const views = {
        left: { left: box.left + across, top: 0, width: width - box.left - across, height },
        right: { left: 0, top: 0, width: right - across, height },
        top: { left: 0, top: box.top + down, width, height: height - box.top - down },
        bottom: { left: 0, top: 0, width, height: bottom - down },
      };
      for (const [edge, view] of Object.entries(views))
        t.same(
          confidentlyWrong(await platesIn(t, sharp(file).extract(view)), text),
          [],
          `${text}, ${share} off at the ${edge}`,
        );
    }
  }
});

test('a plate of 20 pixels and less is not read with confidence', async (t) => {
  for (const { file, text, box } of known)
    for (const widthPx of [30, 20, 16, 12]) {
      const { width = 0 } = await sharp(file).metadata();
      const small = sharp(file).resize({ width: Math.round((width * widthPx) / box.width) });
      t.same(confidentlyWrong(await platesIn(t, small), text), [], `${text} at ${widthPx} px`);
    }
});

test('mirrored text is no text', async (t) => {
  for (const { file, text } of known) {
    t.same(confidentlyWrong(await platesIn(t, sharp(file).flop())), [], `${text} mirrored`);
    t.same(confidentlyWrong(await platesIn(t, sharp(file).flip())), [], `${text} upside down and mirrored`);
  }
});

test('frames of a lens cap, a headlamp or a broken sensor hold no plates', async (t) => {
  for (const [name, frame] of Object.entries({
    black: plain('#000'),
    white: plain('#fff'),
    grey: plain('#808080'),
    noise: plain('#888', 60),
    'hardly noise': plain('#000', 4),
  }))
    t.same(await platesIn(t, frame), [], name);
});

test('a frame so bright that hardly anything is left gives the plate or nothing', async (t) => {
  for (const { file, text } of unmistakable)
    for (const gain of [2, 4, 8, 16, 32])
      t.same(confidentlyWrong(await platesIn(t, sharp(file).linear(gain, 0)), text), [], `${text} x ${gain}`);
  for (const { file, text } of unmistakable)
    for (const gain of [0.2, 0.05, 0.02])
      t.same(confidentlyWrong(await platesIn(t, sharp(file).linear(gain, 0)), text), [], `${text} x ${gain}`);
});

test('a poster of a car says what is on it or nothing', async (t) => {
  for (const { file, text } of unmistakable)
    for (const width of [420, 240, 120]) {
      const poster = await sharp(file)
        .resize({ width })
        .extend({ top: 6, bottom: 6, left: 6, right: 6, background: '#fff' })
        .affine([1, 0.12, -0.06, 0.9], { background: '#777' })
        .png()
        .toBuffer();
      const wall = plain('#777', 6).composite([{ input: poster, left: 60, top: 40 }]);
      t.same(confidentlyWrong(await platesIn(t, wall), text), [], `${text} on a poster ${width} px wide`);
    }
});

test('a picture of one pixel, of one row, or much longer than high is looked at and holds nothing', async (t) => {
  for (const [width, height] of [
    [1, 1],
    [1, 300],
    [900, 1],
    [2000, 9],
    [16, 5],
  ] as const)
    t.same(
      await platesIn(t, sharp({ create: { width, height, channels: 3, background: '#999' } })),
      [],
      `${width}x${height}`,
    );
});

test('an empty crop is no place to read', async (t) => {
  const frame = await frameOfPicture(await sharp(belgian.file).toBuffer(), { name: 'belgian' });
  const flat = [
    [
      [100, 100],
      [100, 100],
      [100, 100],
      [100, 100],
    ],
    [
      [100, 100],
      [140, 100],
      [140, 100],
      [100, 100],
    ],
    [
      [-90, -40],
      [-10, -40],
      [-10, -20],
      [-90, -20],
    ],
    [
      [5000, 5000],
      [5100, 5000],
      [5100, 5020],
      [5000, 5020],
    ],
  ] as const;
  for (const corners of flat) {
    const place = { box: [0, 0, 1, 1], corners, score: 1 } as unknown as Parameters<typeof vision.read>[1][0];
    const { sightings } = await vision.read(frame, [place]);
    const sure = sightings.filter(({ reading }) => reading.text !== '' && reading.confidence >= 0.5);
    t.same(
      sure.map(({ reading }) => reading.text),
      [],
      JSON.stringify(corners),
    );
  }
});

test('models are closed', () => vision.close());
