// How the centre's programs come to their broker: told in words when it is not there, found again when it comes back.

import { test } from 'tap';
import { brokerOf, connected } from '../../scripts/lib/broker-login.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';

test('a broker that is not there is named', async (t) => {
  const broker = brokerOf({ url: 'mqtt://127.0.0.1:1', mqtt: '5' });
  await t.rejects(connected(broker, { reconnectPeriod: 100 }), {
    message: /^mqtt:\/\/127\.0\.0\.1:1 cannot be reached: \S/,
  });
  t.throws(() => brokerOf({ url: 'mqtt://127.0.0.1', mqtt: '4' }), { message: 'wanted --mqtt 5 or 3.1.1' });
});

test('a broker that was there, and was refused for a while, is found again', {
  skip: noMosquitto,
  timeout: 240_000,
}, async (t) => {
  const server = await startMosquitto();
  t.teardown(() => server.stop());
  const client = await connected(brokerOf({ url: server.url, mqtt: '5' }), { reconnectPeriod: 50 });
  t.teardown(() => client.endAsync(true));
  const refused = new Promise((resolve) => client.once('error', resolve));
  await server.kill9();
  await refused;
  const back = new Promise<void>((resolve) => client.once('connect', () => resolve()));
  await server.restart();
  await back;
  await client.publishAsync('anpr/1/e19/north/want', 'still here', { qos: 1 });
});
