// RTSP as text: what a camera may answer, what it must not make of us, and how the password is proved.

import { test } from 'tap';
import { authorization, bestChallenge } from '../../agent/health/rtsp/login.ts';
import { parseResponse, requestText } from '../../agent/health/rtsp/message.ts';
import { videoOf } from '../../agent/health/rtsp/sdp.ts';

const parse = (text: string) => parseResponse(Buffer.from(text, 'latin1'));

test('a response is read once it is complete', (t) => {
  const whole =
    'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\nPublic: OPTIONS\r\npublic: PLAY\r\n\r\nhello, next';
  const end = whole.indexOf('hello') + 5;
  for (let length = 0; length < end; length++) t.equal(parse(whole.slice(0, length)), undefined);
  const response = parse(whole)!;
  t.match(response, { statusCode: 200, reason: 'OK', body: 'hello' });
  t.same(response.headers.get('public'), ['OPTIONS', 'PLAY'], 'a header may come twice, in any letters');
  t.equal(parse('RTSP/1.0 401\r\n\r\n')!.statusCode, 401, 'a reason may be missing');
  t.end();
});

const garbage: [name: string, text: string][] = [
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['a banner', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['zeros', '\0\0\0\0'],
  ['a status that is none', 'RTSP/1.0 2000 OK\r\n\r\n'],
  ['a header that is none', 'RTSP/1.0 200 OK\r\nnonsense\r\n\r\n'],
  ['a length that is none', 'RTSP/1.0 200 OK\r\nContent-Length: -5\r\n\r\n'],
  ['a length in words', 'RTSP/1.0 200 OK\r\nContent-Length: 1e3\r\n\r\n'],
  ['a body too long', 'RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n'],
  ['a head without end', `RTSP/1.0 200 OK\r\nX: ${'x'.repeat(20_000)}`],
  ['headers without end', `RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(200)}\r\n`],
];

for (const [name, text] of garbage)
  test(`${name} is no RTSP`, (t) => {
    t.throws(() => parse(text));
    t.end();
  });

test('a request has its headers and ends with an empty line', (t) => {
  t.equal(
    requestText('OPTIONS', 'rtsp://h/x', { CSeq: '1' }),
    'OPTIONS rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  );
  t.end();
});

test('digest answers as in the examples of RFC 7616 and RFC 2069', (t) => {
  const offer = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const request = {
    method: 'GET',
    uri: '/dir/index.html',
    clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  const login = { username: 'Mufasa', password: 'Circle of Life' };
  t.match(
    authorization(bestChallenge([offer('MD5')])!, login, request),
    /response="8ca523f5e9506fed4657c9700eebdbec".*qop=auth, nc=00000001/,
  );
  t.match(
    authorization(bestChallenge([offer('MD5'), offer('SHA-256')])!, login, request),
    /response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"/,
    'the stronger of two',
  );
  const old = bestChallenge([
    'Digest realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
  ])!;
  t.match(
    authorization(old, { username: 'Mufasa', password: 'CircleOfLife' }, request),
    /response="1949323746fe6a43ef61f9606e7febea"$/,
  );
  t.end();
});

test('basic shows the password, so digest is taken where both are offered', (t) => {
  t.equal(bestChallenge(['Basic realm="cam"', 'Digest realm="cam", nonce="1"'])?.scheme, 'digest');
  const basic = bestChallenge(['Basic realm="cam"'])!;
  const request = { method: 'DESCRIBE', uri: 'rtsp://h', clientNonce: '' };
  t.equal(authorization(basic, { username: 'u', password: 'p:ä' }, request), 'Basic dTpwOsOk');
  for (const none of ['', 'Bearer x', 'Digest realm="no nonce"', 'Digest nonce="1", algorithm=SHA-512-256'])
    t.equal(bestChallenge([none]), undefined, none);
  t.end();
});

test('the description says codec, profile, level and rate where it does', (t) => {
  const sdp = (...lines: string[]) =>
    ['v=0', 'm=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ...lines].join('\r\n');
  t.match(
    videoOf(
      sdp(
        'm=video 0 RTP/AVP 96',
        'a=rtpmap:96 H264/90000',
        'a=fmtp:96 packetization-mode=1;profile-level-id=640028',
        'a=framerate:25',
        'm=application 0 RTP/AVP 107',
        'a=rtpmap:96 nonsense/1',
      ),
    ),
    { codec: 'H264', profile: 'High', level: 4, announcedFps: 25, clockRate: 90_000, payloadType: 96 },
  );
  t.match(videoOf(sdp('m=video 0 RTP/AVP 98', 'a=rtpmap:98 h265/90000')), {
    codec: 'H265',
    profile: undefined,
  });
  t.match(videoOf(sdp('m=video 0 RTP/AVP 26')), { codec: 'JPEG', announcedFps: undefined });
  t.match(videoOf(sdp('m=video')), { codec: undefined });
  t.equal(videoOf(sdp()), undefined);
  t.equal(videoOf(''), undefined);
  t.end();
});
