// The page in the language that was asked for, on a phone, in the dark; the agent is not there, and it says so.

import { test } from 'tap';
import { startPreview } from '../../agent/preview/index.ts';
import { AnprError } from '../../agent/shared/errors.ts';
import { noChromium, startChromium } from '../fixtures/chromium.ts';

test('a page in French', { skip: noChromium, timeout: 390_000 }, async (t) => {
  const preview = await startPreview({
    ...{
      camera: 'gate',
      place: 'test-site/test-box',
      port: 0,
      widthPx: 480,
      ffmpeg: 'ffmpeg',
      language: 'fr',
    },
    onViewers() {},
    async connect() {
      throw new AnprError('api.not-running', 'no agent answers');
    },
  });
  t.teardown(() => preview.close());
  const chromium = await startChromium();
  t.teardown(() => chromium.close());
  const page = await chromium.open(preview.address(), { width: 360, height: 740, phone: true, dark: true });
  await page.until(`document.getElementById('state').textContent === 'Pas d’agent'`);
  await page.until(`/^Aucun agent ne répond\\./.test(document.getElementById('notice-text').textContent)`);
  t.equal(await page.evaluate('document.documentElement.lang'), 'fr');
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'longer words fit a phone too');
  const told = await page.accessible();
  const roles = (role: string) => told.filter((each) => each.role === role).map(({ name }) => name);
  t.same(roles('heading').slice(0, 4), ['Caméra gate', 'Image en direct', 'Dernières lectures', 'Cadrage']);
  t.same(roles('button').slice(0, 2), ['Cadres et textes', 'Mesurer en continu']);
  t.same(roles('image'), ['Image en direct : pas encore disponible']);
  await page.press('Tab');
  t.equal((await page.focused()).name, 'Aller aux mesures du cadrage');
});
