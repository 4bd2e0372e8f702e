// Cameras found by multicast, and their clocks, names and streams read over ONVIF, from a responder on loopback.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Test, test } from 'tap';
import { camerasIn, probeText } from '../../agent/onvif/discovery-policy.ts';
import { cameraClock, cameraStreams, discoverCameras } from '../../agent/onvif/index.ts';
import { find, findAll, parseXml } from '../../agent/shared/xml.ts';
import { type OnvifCameraOptions, startOnvifCamera } from '../fixtures/onvif-camera.ts';

async function camera(t: Test, options?: OnvifCameraOptions) {
  const started = await startOnvifCamera(options);
  t.teardown(() => started.close());
  return started;
}

const PATIENT = { timeoutMs: 20_000 };

test('a camera answers the question of all', async (t) => {
  const { group, service } = await camera(t);
  const told: string[] = [];
  const abort = new AbortController();
  const found = await discoverCameras(
    { interface: 'lo', group, ...PATIENT, signal: abort.signal },
    ({ address }) => {
      told.push(address);
      abort.abort(); // one is all there is
    },
  );
  t.match(found, [
    {
      address: '127.0.0.1',
      interface: 'lo',
      services: [service, 'http://[fe80::1]/onvif/device_service'],
      name: 'ACME TC-200',
      hardware: 'TC-200',
      location: 'country/be',
    },
  ]);
  t.same(told, ['127.0.0.1'], 'told of as it answers');
});

test('nobody there, and no such interface', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => new Promise<void>((resolve) => silent.close(() => resolve())));
  const group = { address: '127.0.0.1', port: silent.address().port };
  t.same(await discoverCameras({ interface: 'lo', group, timeoutMs: 30 }), []);
  await t.rejects(discoverCameras({ interface: 'eth77' }), { code: 'usage.interface', message: /eth77/ });
});

test('answers that are none', (t) => {
  const id = '12345678-1234-4234-8234-123456789abc';
  const answer = (relates: string, body: string) =>
    `<Envelope><Header><RelatesTo>urn:uuid:${relates}</RelatesTo></Header><Body>${body}</Body></Envelope>`;
  const match = '<ProbeMatches><ProbeMatch><XAddrs>nonsense</XAddrs></ProbeMatch></ProbeMatches>';
  t.match(camerasIn(answer(id, match), id, '192.0.2.7'), [
    { address: '192.0.2.7', services: [], endpoint: '192.0.2.7' },
  ]);
  t.same(camerasIn(answer('another', match), id, '192.0.2.7'), [], 'an answer to somebody else');
  for (const nothing of [
    '',
    'M-SEARCH * HTTP/1.1',
    '<a><b></a>',
    '<'.repeat(5000),
    '<a>'.repeat(100),
    '<!--'.repeat(100_000),
    '<a "'.repeat(100_000),
  ])
    t.same(camerasIn(nothing, id, '192.0.2.7'), []);
  t.ok(parseXml(probeText(id)), 'the question itself is XML');
  t.end();
});

test("a camera's clock needs no login, and is compared", async (t) => {
  const { service } = await camera(t, { aheadMs: -3_600_000, login: { username: 'a', password: 'b' } });
  const { aheadMs } = await cameraClock({ service, ...PATIENT });
  t.ok(Math.abs(aheadMs + 3_600_000) < 5000, `${aheadMs} ms`);
});

test('which streams it has, with a login on its own clock', async (t) => {
  const login = { username: 'adm', password: 'it\'s <b>"&' };
  const { service } = await camera(t, {
    login,
    aheadMs: 86_400_000,
    streamUri: 'rtsp://adm:secret@127.0.0.1:554/Streaming/101?transportmode=unicast&profile=1',
  });
  t.match(await cameraStreams({ service, login, ...PATIENT }), [
    {
      ...{ token: 'Profile_1', name: 'main', codec: 'H264', width: 1920, height: 1080, fps: 25 },
      url: 'rtsp://127.0.0.1:554/Streaming/101?transportmode=unicast&profile=1',
    },
    { name: 'sub', width: 640 },
  ]);
  await t.rejects(cameraStreams({ service, login: { ...login, password: 'wrong' }, ...PATIENT }), {
    message: /Sender not Authorized/,
  });
  await t.rejects(cameraStreams({ service, ...PATIENT }), { message: /not Authorized/ });
});

test('services that are none', async (t) => {
  const page = await camera(t, { instead: '<html><body>Login</body></html>' });
  await t.rejects(cameraClock({ service: page.service, ...PATIENT }), { message: /no SOAP|tell its time/ });
  const noise = await camera(t, { instead: '{"not": "xml"}' });
  await t.rejects(cameraClock({ service: noise.service, ...PATIENT }), { message: /no SOAP/ });
  await t.rejects(cameraClock({ service: 'http://127.0.0.1:1/onvif', ...PATIENT }), { code: 'ECONNREFUSED' });
});

test('as much of XML as is needed', (t) => {
  const root = parseXml(
    '<?xml version="1.0"?><!-- a > b --><s:a x:k="1 &gt; 0" j=\'2\'><b>t&#x41;&amp;<![CDATA[<raw>]]></b><b/></s:a>',
  );
  t.match(root, { name: 'a', attributes: { k: '1 > 0', j: '2' } });
  t.equal(find(root, 'b')?.text, 'tA&<raw>');
  t.equal(findAll(root, 'b').length, 2);
  t.equal(find(root, 'none', 'b'), undefined);
  t.end();
});
