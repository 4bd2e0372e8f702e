// The preview's page in a real Chromium: beside a real agent that reads a real stream, by keyboard, in the dark, on a phone.

import { EventEmitter, once } from 'node:events';
import { get } from 'node:http';
import sharp from 'sharp';
import { test } from 'tap';
import { WebSocket } from 'ws';
import { connectApi } from '../../agent/api/index.ts';
import { startPreview } from '../../agent/preview/index.ts';
import { noChromium, startChromium } from '../fixtures/chromium.ts';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

const text = (id: string) => `document.getElementById('${id}').textContent`;
const click = (id: string) => `document.getElementById('${id}').click()`;
test('a camera live in a browser', {
  skip: noChromium || noRtspServer || noFfmpeg || noTraffic,
  timeout: 390_000,
}, async (t) => {
  const scene = sceneFor(t);
  const camera = await scene.camera();
  let sessions = 0;
  camera.events.on('play', () => sessions++);
  const box = scene.folder({ cameras: [{ id: 'gate', url: camera.url }] });
  const agent = await box.start();
  await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');
  const socket = `${box.directory}/anpr.sock`;
  const connect = () => connectApi(socket);
  const viewers: number[] = [];
  const counted = new EventEmitter();
  const preview = await startPreview({
    ...{ camera: 'gate', place: 'test-site/test-box', port: 0, widthPx: 480, ffmpeg: 'ffmpeg', connect },
    onViewers(count) {
      viewers.push(count);
      counted.emit('count', count);
    },
    goneMs: 200,
  });
  t.teardown(() => preview.close());
  const origin = `http://127.0.0.1:${preview.port}`;
  const chromium = await startChromium();
  t.teardown(() => chromium.close());

  const address = preview.address();
  const page = await chromium.open(address, { width: 1400, height: 1000 });
  await page.until(`document.getElementById('notice').hidden`);
  // the camera's still first, then the video in its place
  await page.until(`document.getElementById('still').hidden`);
  t.equal(await page.evaluate(`document.getElementById('still').naturalWidth`), 480);
  await page.until(`document.querySelectorAll('#boxes polygon').length > 0`);
  await page.until(`document.querySelectorAll('#numbers tbody tr').length === 10`);
  await page.until(
    `[...document.querySelectorAll('#reads img')].some(({ complete, naturalWidth }) => complete && naturalWidth > 50)`,
  );
  const seen = `${scene.directory()}/page.png`;
  await page.screenshot(seen);
  // a road on a grey day; not words on black
  const road = await sharp(seen).extract({ left: 300, top: 400, width: 100, height: 60 }).toBuffer();
  const levels = (await sharp(road).stats()).channels.map(({ mean }) => Math.round(mean));
  t.ok(Math.min(...levels) > 40 && Math.max(...levels) < 170, `a picture: ${levels}`);
  t.same(
    await page.evaluate(`(({ width, height }) => [width, height])(document.getElementById('video'))`),
    [480, 270],
  );
  t.match(await page.evaluate(text('camera')), 'Camera gate');
  t.equal(await page.evaluate(text('state')), 'Live');
  t.equal(await page.evaluate('location.href'), `${origin}/`, 'the token does not stay in the address');
  t.match(
    await page.evaluate(`document.querySelector('#numbers tbody tr').textContent`),
    /plate width.*≥ 104 px/,
  );
  t.match(await page.evaluate(`document.querySelector('#reads .plate').textContent`), /^[A-Z0-9]+$/);
  await page.until(`/[0-9.]+ s/.test(${text('delay')})`);
  t.same(
    page.requests.filter((url) => !url.startsWith(origin) && !url.startsWith(origin.replace('http', 'ws'))),
    [],
    'nothing comes from elsewhere',
  );

  // somebody who does not see it, or has no mouse
  const told = await page.accessible();
  const roles = (role: string) => told.filter((each) => each.role === role).map(({ name }) => name);
  t.same(roles('heading').slice(0, 4), ['Camera gate', 'Live picture', 'Last reads', 'Aim']);
  t.match(roles('image')[0], /^Live picture of camera gate/);
  t.same(roles('table'), ['Aiming numbers against what they must be']);
  t.ok(
    roles('button').every((name) => name !== ''),
    'each button has a name',
  );
  const visited: string[] = [];
  for (let count = 0; count < 5; count++) {
    await page.press('Tab');
    visited.push((await page.focused()).name.replace('✓ ', ''));
  }
  t.same(visited.slice(0, 4), [
    'Skip to the aiming numbers',
    'Boxes and texts',
    'Measure all the time',
    'Full screen',
  ]);
  t.match(visited[4], /^Picture of .*, larger$/);
  await page.press('Enter');
  await page.until(`document.getElementById('overview').open`);
  await page.until(`document.getElementById('overview-picture').naturalWidth > 600`);
  await page.press('Escape');
  await page.until(`!document.getElementById('overview').open`);
  await page.evaluate(`document.getElementById('show-boxes').focus()`);
  await page.press('Space');
  t.equal(await page.evaluate(`document.querySelectorAll('#boxes polygon').length`), 0, 'boxes are off');
  await page.evaluate(click('show-boxes'));

  // light, dark and small
  const ground = 'getComputedStyle(document.body).backgroundColor';
  const light = await page.evaluate<string>(ground);
  await page.screen({ dark: true });
  t.not(await page.evaluate(ground), light, 'dark is dark');
  await page.screen({ width: 360, height: 740, phone: true });
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'nothing is wider than a phone');

  // measured all the time: a look although nothing moves is the agent's own business; here it is asked for and taken back
  await page.evaluate(click('measure'));
  await page.until(`document.getElementById('measure').getAttribute('aria-pressed') === 'true'`);
  await page.evaluate(click('measure'));

  // doors
  const refused = await chromium.open(address);
  t.match(await refused.evaluate('document.body.textContent'), /used already/);
  await refused.close();
  t.match(await statusOf(`${origin}/`, { host: 'evil.example' }), 421);
  t.match(await statusOf(`${origin}/picture?id=x&kind=plate`, {}), 403);
  t.match(await statusOf(`${origin}/picture?kind=still`, {}), 403);
  const intruder = new WebSocket(`${origin.replace('http', 'ws')}/live`, { origin });
  t.match((await once(intruder, 'error'))[0].message, /403/);

  // a second viewer, and one who goes without a word
  const second = await chromium.open(preview.address(), { dark: true });
  await second.until(`${text('state')} === 'Live, 2 viewers'`);
  await second.until(`document.getElementById('notice').hidden`);
  t.same([...page.errors, ...second.errors], [], 'no error, and nothing kept out by the policy');
  await second.close();
  await page.until(`${text('state')} === 'Live'`);
  await page.close();
  t.equal(await preview.ended, 'gone', 'it ends when the last viewer has gone');
  t.same([...new Set(viewers)].sort(), [0, 1, 2]);
  t.equal(sessions, 1, 'one session with the camera');
  const audits = await (await connect()).audits({ limit: 1000 });
  const actions = audits.map(({ payload }) => (payload.audit as { action: string }).action);
  for (const action of ['preview', 'follow', 'show']) t.ok(actions.includes(action), `${action} is noted`);
});

function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
