// The gateway's page in a real Chromium, beside a real box: by keyboard, by ear, in the dark, on a phone, without a broker, and with
// texts that would like to be more than texts.

import { test } from 'tap';
import { startPage } from '../../scripts/gateway/page.ts';
import { noChromium, startChromium } from '../fixtures/chromium.ts';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { broker, gatewayAt, ofCentre, publisher } from './gateway-parts.ts';
import { hitBox } from './hit-box.ts';
import { edge } from './side-messages.ts';

const text = (selector: string) => `document.querySelector('${selector}')?.textContent`;
const EVIL = '<img src=x onerror="document.title=1">';

test('hits live in a browser', { skip: noChromium || noMosquitto, timeout: 390_000 }, async (t) => {
  const server = await broker(t);
  const { url } = server;
  const box = await hitBox(t, url, ['1ABC234']);
  box.link();
  const { gateway, store, news } = await gatewayAt(t, url, { picturesMs: 100 });
  const { publish } = await publisher(t, url);
  const shown = await startPage({ gateway, store, port: 0, who: 'duty', place: '+/+' });
  t.teardown(() => shown.close());
  news.on('change', (hit) => hit && shown.changed(hit));
  news.on('connected', () => shown.refresh());
  const chromium = await startChromium();
  t.teardown(() => chromium.close());
  const address = shown.address();
  const page = await chromium.open(address, { width: 1280, height: 900 });
  await page.until(`${text('#state')} === 'Live'`);
  t.equal(await page.evaluate(text('#list-title')), 'None');

  // an early hit with its picture; then the centre has it too
  const readId = '019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b';
  await box.early('1ABC234', readId);
  await page.until(`${text('#plate .text')} === '1ABC234'`);
  await page.until(
    `[...document.images].some(({ complete, naturalWidth }) => complete && naturalWidth === 96)`,
  );
  t.match(await page.evaluate(text('#spoken')), /^New hit, priority 2: 1 A B C 2 3 4, stolen, at e19\/north/);
  t.match(await page.evaluate(text('#warnings')), /still in sight/);
  t.match(await page.evaluate(text('#instruction')), 'Stop');
  const [upheld] = await box.passes('1ABC234', { readId });
  await page.until(`${text('#warnings')} === ''`);
  await publish('anpr/1/e19/north/central/hit', ofCentre(upheld!));
  await page.until(`${text('#facts')}?.includes('the box and the centre')`);
  t.match(await page.evaluate(text('#facts')), /Probability99\.\d+ %, wanted/);

  // what is said elsewhere stays what it is
  const evil = edge({
    text: '9XYZ001',
    box: 'south',
    priority: 1,
    reason: EVIL,
    listed: '9XYZ00?',
    reference: EVIL,
  });
  evil.match!.instruction = EVIL;
  evil.read!.evidence = [{ kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 1, sha256: 'd'.repeat(64) }];
  await publish('anpr/1/e19/south/hit', evil);
  await page.until(`document.querySelectorAll('#hits li').length === 2`);
  t.match(
    await page.evaluate(text('#spoken-now')),
    /^New hit, priority 1: 9 X Y Z/,
    'the most urgent ones interrupt',
  );
  t.equal(await page.evaluate(text('#plate .text')), '1ABC234', 'what somebody looks at stays open');
  t.equal(await page.evaluate('document.title'), '(2) Hits');

  // somebody without a mouse
  await page.evaluate(`document.getElementById('who').focus()`);
  await page.evaluate(`Object.assign(document.getElementById('who'), { value: 'anna' })`);
  await page.press('Tab');
  t.match((await page.focused()).name, /^Priority 1: 9XYZ001 new/);
  await page.press('ArrowDown');
  t.match((await page.focused()).name, /^Priority 2: 1ABC234 new/, 'in its order');
  await page.press('a');
  await page.until(`${text('#plate')}?.includes('acknowledged')`);
  t.match((await page.focused()).name, /^Priority 2: 1ABC234 acknowledged/, 'the focus stays with the hit');
  await page.press('Enter');
  await page.until(`document.activeElement.id === 'detail'`);
  await page.press('r');
  await page.until(`document.getElementById('reject').open`);
  await page.press('ArrowDown');
  await page.press('Enter');
  await page.until(`${text('#plate')}?.includes('rejected')`);
  const records = await box.until((all) => all.some(({ hit }) => hit.event === 'rejected'));
  t.match(records.slice(-2), [
    { hit: { event: 'acknowledged', by: { via: 'gateway', name: 'anna' } } },
    { hit: { event: 'rejected', by: { via: 'gateway', name: 'anna' }, cause: 'wrong-country' } },
  ]);
  await page.until(`${text('#history')}?.includes('(kept by e19/north)')`);
  await page.press('x');
  await page.until(`${text('#plate')}?.includes('closed')`);
  await page.press('c');
  t.match(await page.evaluate(text('#wrong')), 'A hit that is closed cannot be confirmed.');
  await page.evaluate(`document.querySelector('#hits button').click()`);
  await page.until(`${text('#pictures')}?.includes('on its way')`);
  t.equal(await page.evaluate(text('#instruction')), EVIL);
  t.equal(await page.evaluate(`document.querySelectorAll('img[src=x]').length`), 0);

  // somebody who does not see it
  const told = await page.accessible();
  const names = (role: string) => told.filter((each) => each.role === role).map(({ name }) => name);
  t.ok(
    names('button').every((name) => name !== ''),
    'each button has a name',
  );
  t.same(names('heading').slice(0, 2), ['Hits', '1 waits']);

  // without a name nothing is decided
  await page.evaluate(`Object.assign(document.getElementById('who'), { value: ' ' })`);
  await page.evaluate(`document.querySelector('[data-action=confirm]').click()`);
  t.match(await page.evaluate(text('#wrong')), /Say who you are/);

  // light, dark and small
  const ground = 'getComputedStyle(document.body).backgroundColor';
  const light = await page.evaluate<string>(ground);
  await page.screen({ dark: true });
  t.not(await page.evaluate(ground), light, 'dark is dark');
  await page.screen({ width: 360, height: 740, phone: true });
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'nothing is wider than a phone');

  // in another language
  const dutch = await startPage({ gateway, store, port: 0, language: 'nl', who: 'duty', place: 'e19/+' });
  t.teardown(() => dutch.close());
  const pagina = await chromium.open(dutch.address(), { width: 1280, height: 900 });
  await pagina.until(`${text('#list-title')} === '1 wacht'`);
  t.equal(await pagina.evaluate('document.title'), '(1) Hits');
  t.equal(await pagina.evaluate(text('#place')), 'Toestellen e19/+');
  t.equal(await pagina.evaluate(text('[data-action=acknowledge] span')), 'In behandeling nemen');
  await pagina.evaluate(`document.querySelectorAll('#hits button')[1].click()`);
  await pagina.until(`${text('#plate')}?.includes('afgesloten')`);
  t.match(await pagina.evaluate(text('#facts')), /Waarschijnlijkheid99,\d+ %, gewenst/);
  t.match(await pagina.evaluate(text('#history')), /verworpen · anna.*bewaard door e19\/north/);
  t.same(pagina.errors, []);

  // a burst, one message that is none, and a broker that goes and comes back
  for (let n = 0; n < 110; n++)
    void publish('anpr/1/e19/south/hit', edge({ text: `7B${n}`, box: 'south', priority: 4 }));
  await publish('anpr/1/e19/south/hit', '{');
  await page.until(`${text('#list-title')} === '111 wait'`);
  await page.until(`document.querySelectorAll('#hits li').length === 100`);
  t.match(await page.evaluate(text('#more')), /^12 more/);
  await page.until(`${text('#refused')}?.includes('anpr/1/e19/south/hit: no JSON')`);
  await server.kill9();
  await page.until(`${text('#state')} === 'No broker'`);
  await server.restart();
  await page.until(`${text('#state')} === 'Live'`);

  const refused = await chromium.open(address);
  t.match(await refused.evaluate('document.body.textContent'), /used already/);
  t.same(page.errors, [], 'no error, and nothing kept out by the policy');
  await shown.close();
  await page.until(`${text('#state')} === 'Ended'`);
});
