// The page on which plates are confirmed, in a real Chromium: by keyboard, by a screen reader, on a phone, in Dutch; and what
// was answered is on the disk.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'tap';
import { openReview } from '../../agent/commission/review.ts';
import { startReviewPage } from '../../agent/commission/review-page.ts';
import { openSession } from '../../agent/commission/session.ts';
import { noChromium, startChromium } from '../fixtures/chromium.ts';
import { BEGIN, stateOf } from './state.ts';

const box = { camera: 'gate', site: 'ghent', box: 'box-1', anew: false, now: 1 };
const text = (id: string) => `document.getElementById('${id}').textContent`;
const asked = (at: number) => `${text('of')}.startsWith('${at} ')`;

test('plates are confirmed in a browser', { skip: noChromium, timeout: 390_000 }, async (t) => {
  const picture = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 3, background } })
      .jpeg()
      .toBuffer();
  const [plate, overview] = [await picture(190, 60, '#dddddd'), await picture(640, 360, '#556677')];
  const session = openSession({ output: t.testdir(), ...box });
  const moment = { id: 'm1', from: BEGIN + 200_000, to: BEGIN + 203_000, pictures: [1, 2] };
  Object.assign(session.state, stateOf(5, { answers: {}, moments: [moment] }));
  for (const at of moment.pictures) session.keepPicture(`${at}.jpg`, overview);
  const looked: string[] = [];
  const page = await startReviewPage({
    ...{ session, review: openReview(session), place: 'ghent/box-1', port: 0, language: undefined },
    api: {
      async picture(id, kind) {
        looked.push(`${id} ${kind}`);
        return kind === 'plate' ? plate : id === 'read-1' ? undefined : overview;
      },
    },
    onViewers() {},
  });
  t.teardown(() => page.close());
  const chromium = await startChromium();
  t.teardown(() => chromium.close());
  const tab = await chromium.open(page.address(), { width: 1200, height: 900 });
  await tab.until(`${asked(1)} && document.getElementById('overview').naturalWidth === 640`);
  t.equal(await tab.evaluate(text('camera')), 'Acceptance test of camera gate');
  t.equal(await tab.evaluate(text('read')), '1ABC100');
  t.match(await tab.evaluate(text('detail')), /^99\.0 % sure, 100 px wide, \d\d:\d\d:10$/);

  // somebody who does not see it
  const told = await tab.accessible();
  const named = (role: string) => told.filter((each) => each.role === role).map(({ name }) => name);
  t.same(named('heading'), ['Acceptance test of camera gate', 'What does the plate say?']);
  t.same(named('image'), ['The plate that was read as 1ABC100', 'The whole picture']);
  // by what it does, not by its key
  const buttons = named('button').map((name) => name.trim());
  for (const name of ['Right', 'No plate', 'Same vehicle again', 'Nobody can read it', 'Stop, go on later'])
    t.ok(buttons.includes(name), name);
  t.match(await tab.evaluate(text('spoken')), /^1 of 6\. What does the plate say\? Read as 1 A B C 1 0 0$/);
  t.same(await tab.focused(), { role: 'textbox', name: 'It says something else' });

  // Enter right; typed, wrong; a key; back, and another answer; the picture that is gone
  await tab.press('Enter');
  await tab.until(asked(2));
  await tab.until(`document.getElementById('second').hidden`);
  for (const key of ['x', 'x', '-', '9']) await tab.press(key);
  t.equal(await tab.evaluate(text('confirm')), 'It says XX-9 Enter');
  await tab.press('Enter');
  await tab.until(asked(3));
  await tab.press('.');
  await tab.until(asked(4));
  await tab.press('ArrowLeft');
  await tab.until(asked(3));
  t.equal(await tab.evaluate(text('given')), 'Your answer so far: Nobody can read it');
  await tab.press('-');
  await tab.until(asked(4));
  await tab.evaluate(`document.querySelector('#read-form [data-key="+"]').click()`);
  await tab.until(asked(5));
  const kept = () => JSON.parse(readFileSync(join(session.folder, 'session.json'), 'utf8'));
  t.same(kept().answers, {
    'read-0': { kind: 'right' },
    'read-1': { kind: 'wrong', text: 'XX9' },
    'read-2': { kind: 'no-plate' },
    'read-3': { kind: 'again' },
  });

  // somebody else looks too: one key in each is one answer
  const second = await chromium.open(page.address(), { width: 360, height: 740, phone: true, dark: true });
  await second.until(asked(5));
  t.equal(
    await second.evaluate('document.documentElement.scrollWidth'),
    360,
    'nothing is wider than a phone',
  );
  const ground = 'getComputedStyle(document.body).backgroundColor';
  t.not(await second.evaluate(ground), await tab.evaluate(ground), 'dark is dark');
  await tab.evaluate(`(${text('read')}, document.getElementById('confirm').click())`);
  await Promise.all([tab.until(asked(6)), second.until(asked(6))]);
  t.match(await tab.evaluate(text('detail')), /, for 3\.0 s\. Picture 1 of 2\. Read nearby: nothing\.$/);
  await tab.press('ArrowRight');
  await tab.until(`/Picture 2 of 2/.test(${text('detail')})`);
  t.same(
    [...tab.errors, ...second.errors].filter((error) => !/status of 404/.test(error)),
    [],
  );
  await second.close();
  await tab.press('2');
  await tab.until(`!document.getElementById('over').hidden`);
  t.match(await tab.evaluate(text('over-text')), /^All is answered/);
  t.equal(await page.ended, 'finished');
  t.same(kept().momentAnswers, { m1: { missed: 2 } });
  t.ok(looked.every((each) => /^read-[0-4] (plate|overview)$/.test(each)));
});

test('left in Dutch, and nobody there', { skip: noChromium, timeout: 390_000 }, async (t) => {
  const session = openSession({ output: t.testdir(), ...box });
  Object.assign(session.state, stateOf(2, { answers: {} }));
  const parts = { session, place: 'ghent/box-1', port: 0, onViewers() {} } as const;
  const api = { picture: async () => undefined };
  const page = await startReviewPage({ ...parts, api, review: openReview(session), language: 'nl' });
  t.teardown(() => page.close());
  const chromium = await startChromium();
  t.teardown(() => chromium.close());
  const tab = await chromium.open(page.address());
  await tab.until(`${text('of')} === '1 van 2'`);
  await tab.until(`!document.querySelector('.no-picture').hidden`);
  t.equal(await tab.evaluate(text('what')), 'Wat staat er op de nummerplaat?');
  t.match(await tab.evaluate(text('detail')), /^99,0 % zeker/);
  const refused = await fetch(`http://127.0.0.1:${page.port}/`, { headers: { 'accept-language': 'fr' } });
  t.match(await refused.text(), /Deze browser is niet toegelaten[\s\S]*anpr commission --page/);
  await tab.press('Escape');
  t.equal(await page.ended, 'left');

  const alone = await startReviewPage({
    ...{ ...parts, api, review: openReview(session), language: undefined, nobodyMs: 30 },
  });
  t.equal(await alone.ended, 'left');
  await alone.close();
});

test('an answer that cannot be kept ends it', async (t) => {
  const session = openSession({ output: t.testdir(), ...box });
  Object.assign(session.state, stateOf(2, { answers: {} }));
  const review = openReview(session);
  session.remove();
  t.throws(() => review.answer('enter', ''), { code: 'commission.unwritable' });
  t.equal(review.at, 0, 'it is asked again');
  t.notOk(review.answer('x', ''), 'no key of this question');
});
