// The report in a real Chromium: on a screen, on a phone, in the dark, and on A4.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { test } from 'tap';
import { pageOf } from '../../agent/commission/page.ts';
import { samplePicture } from '../../agent/commission/samples.ts';
import { sealPage, sealReport } from '../../agent/commission/sealing.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { noChromium, startChromium } from '../fixtures/chromium.ts';
import { contentFrom, stateOf } from './state.ts';

test('the page is whole wherever it is opened', { skip: noChromium, timeout: 300_000 }, async (t) => {
  const plate = await sharp({ create: { width: 190, height: 100, channels: 3, background: '#fff' } })
    .jpeg()
    .toBuffer();
  const picture = await samplePicture(plate, [30, 40, 120, 30], 'covered');
  const pixels = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = pixels.info;
  const greyAt = (x: number) => pixels.data[(Math.floor(height / 2) * width + x) * channels]!;
  t.ok(greyAt(2) > 240 && greyAt(width - 3) < 160, 'the right half of the plate is painted over');
  const sample = {
    ...{ at: '2026-11-22T13:00:00.000Z', text: '1AB····', confidence: 0.98, widthPx: 120 },
    ...{ answer: 'right' as const, jpeg: picture.toString('base64') },
  };
  const key = openRing(newRing()).current;
  const report = sealReport(
    contentFrom(stateOf(40), { samples: [sample, sample], view: plate.toString('base64') }),
    key,
  );
  const file = join(t.testdir(), 'report.html');
  writeFileSync(file, sealPage(pageOf(report, 'fr', 'report.json'), key));
  const url = pathToFileURL(file).href;
  const dutch = join(t.testdirName, 'verslag.html');
  writeFileSync(dutch, sealPage(pageOf(report, 'nl', 'report.json'), key));

  await using browser = await startChromium();
  const page = await browser.open(url, { width: 1000, height: 900 });
  const colour = `getComputedStyle(document.body).backgroundColor`;
  const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
  t.equal(await page.evaluate(colour), 'rgb(255, 255, 255)', 'its own style is let in');
  t.equal(
    await page.evaluate(`[...document.images].filter((i) => !i.naturalWidth).length`),
    0,
    'so are its pictures',
  );
  t.equal(await page.evaluate(`document.querySelectorAll('svg[role=img]').length`), 3);
  await page.screen({ width: 360, height: 740, dark: true, phone: true });
  t.equal(await page.evaluate(colour), 'rgb(18, 24, 30)');
  t.ok((await page.evaluate<number>(overflow)) <= 0, 'nothing is wider than a phone');
  const hidden = `[...document.querySelectorAll('.stacked .mark')].filter((each) => each.getBoundingClientRect().right > innerWidth).length`;
  t.equal(await page.evaluate(hidden), 0, 'each verdict is seen without a push to the side');
  const other = await browser.open(pathToFileURL(dutch).href, { width: 360, height: 740, phone: true });
  t.ok((await other.evaluate<number>(overflow)) <= 0, 'nor are long Dutch words');
  t.equal(await other.evaluate(hidden), 0);
  await other.close();
  const told = await page.accessible();
  t.ok(told.some(({ role, name }) => role === 'heading' && name === 'Procès-verbal de réception'));
  t.ok(told.some(({ role }) => role === 'columnheader'));
  t.ok(
    told.some(({ name }) => name === 'Largeur de la plaque'),
    'a plot says what it is',
  );

  const pdf = join(t.testdir(), 'report.pdf');
  await page.pdf(pdf);
  const bytes = readFileSync(pdf).toString('latin1');
  t.match(bytes, /\/MediaBox \[0 0 59[45][.\d]* 84[12]/, 'A4');
  t.same(page.errors, [], 'nothing was kept out, nothing failed');
  t.same(
    page.requests.filter((address) => !address.startsWith('data:') && address !== url),
    [],
    'it asks for nothing else',
  );
});
