// Ten generators share the boxes of the country, over a real broker.

import { test } from 'tap';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { dividesTheCountry } from './dividing.ts';

test('ten share the boxes of the country; one is killed, another comes: each read is matched, and none twice', {
  skip: noMosquitto,
  timeout: 400_000,
}, async (t) => {
  const mosquitto = await startMosquitto({ config: ['max_queued_messages 0'] });
  t.teardown(() => mosquitto.stop());
  await dividesTheCountry(t, { url: mosquitto.url, protocol: '5', instances: 10 });
});
