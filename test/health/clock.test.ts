// The clock against a time server: one on loopback that is right, five seconds off, not synchronised, or not there.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Test, test } from 'tap';
import type { ProbeResult } from '../../agent/health/index.ts';
import { probe } from '../../agent/health/probes/clock.ts';
import { askTimeServer } from '../../agent/health/sntp.ts';
import { offsetOf, requestPacket } from '../../agent/health/sntp-policy.ts';

const EPOCH_DIFFERENCE_S = 2_208_988_800;

interface Pretence {
  aheadMs?: number;
  leap?: number;
  stratum?: number;
  /** answers something else first, as a stray or forged packet would be */
  stray?: boolean;
}

/** An SNTP server as RFC 4330 describes it, whose clock is ahead of this machine's. */
async function timeServer(
  t: Test,
  { aheadMs = 0, leap = 0, stratum = 2, stray }: Pretence = {},
): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (request, from) => {
    const answer = Buffer.alloc(48);
    answer[0] = (leap << 6) | (4 << 3) | 4;
    answer[1] = stratum;
    answer.write('RATE', 12, 'latin1');
    request.copy(answer, 24, 40, 48);
    const now = Date.now() + aheadMs;
    for (const offset of [32, 40]) {
      answer.writeUInt32BE(Math.floor(now / 1000) + EPOCH_DIFFERENCE_S, offset);
      answer.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), offset + 4);
    }
    if (stray) socket.send(Buffer.from(answer).fill(0, 24, 32), from.port, from.address);
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return `127.0.0.1:${socket.address().port}`;
}

async function probed(timeServer: string): Promise<ProbeResult> {
  const context = { configFile: '/x', config: undefined, agent: undefined, timeServer };
  return [await probe.run(context, new AbortController().signal)].flat()[0]!;
}

test('a clock that is five seconds behind', async (t) => {
  const result = await probed(await timeServer(t, { aheadMs: 5000, stray: true }));
  t.match(result, { finding: 'skewed', verdict: 'fail', measured: /\+\d{4}\.\d ms from 127\.0\.0\.1:\d+/ });
  const { offsetMs } = result.data.serverTime as { offsetMs: number };
  t.ok(offsetMs > 3000 && offsetMs < 7000, `${offsetMs} ms`);
});

test('a clock that its server agrees with', async (t) => {
  const result = await probed(await timeServer(t));
  t.notMatch(result.finding, /skewed|server-silent/);
  t.match(result.data, { serverTime: { stratum: 2 } });
});

test('servers that have no time to give', async (t) => {
  t.match(await probed(await timeServer(t, { leap: 3 })), { measured: /not synchronised itself/ });
  t.match(await probed(await timeServer(t, { stratum: 0 })), { measured: /it refuses \(RATE\)/ });
});

test('a server that is not there, or never answers', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => new Promise<void>((resolve) => silent.close(() => resolve())));
  const target = { address: '127.0.0.1', port: silent.address().port };
  const abort = new AbortController();
  await t.rejects(askTimeServer(target, { timeoutMs: 20, signal: abort.signal }), /no answer within/);
  abort.abort();
  await t.rejects(askTimeServer(target, { timeoutMs: 60_000, signal: abort.signal }), /no answer/);
  t.match(await probed('no-such-server.invalid'), { measured: /no-such-server\.invalid: no such name/ });
});

test('times after 2036, when the seconds of NTP begin again', (t) => {
  const cookie = Buffer.from('12345678');
  const request = requestPacket(cookie);
  t.equal(request.length, 48);
  const at = Date.UTC(2040, 0, 1);
  const answer = Buffer.alloc(48);
  answer[0] = (4 << 3) | 4;
  answer[1] = 1;
  cookie.copy(answer, 24);
  for (const offset of [32, 40]) answer.writeUInt32BE((at / 1000 + EPOCH_DIFFERENCE_S) % 2 ** 32, offset);
  t.match(offsetOf(answer, cookie, at - 50, at + 50), { offsetMs: 0, roundTripMs: 100, stratum: 1 });
  t.equal(offsetOf(answer, Buffer.from('87654321'), at, at), undefined, 'an answer to somebody else');
  t.equal(offsetOf(answer.subarray(0, 40), cookie, at, at), undefined);
  t.end();
});
