// Everything that reads what comes over the network, or out of a file that somebody brings, meets broken input: it may refuse
// it with an error of its own, and nothing else. The same inputs each time; more of them with scripts/test --all.

import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import sharp from 'sharp';
import { type Test, test } from 'tap';
import { startApi } from '../../agent/api/index.ts';
import { openContainer, writeContainer } from '../../agent/backup/index.ts';
import { NutError, NutParser } from '../../agent/capture/nut.ts';
import { parseConfig } from '../../agent/config/index.ts';
import { addressOf } from '../../agent/contract/index.ts';
import { depacketise } from '../../agent/health/rtsp/depacketise.ts';
import { NotRtsp, parseResponse } from '../../agent/health/rtsp/message.ts';
import { videoOf } from '../../agent/health/rtsp/sdp.ts';
import { readManifest } from '../../agent/lists/index.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { csvRecords } from '../../agent/shared/csv.ts';
import { AnprError } from '../../agent/shared/errors.ts';
import { parseXml } from '../../agent/shared/xml.ts';
import { obey } from '../../agent/uplink/commands.ts';
import { entryOf, OWN_COLUMNS, rowsOf } from '../../agent/watchlist/index.ts';
import { handlersOf } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { broken, random } from './generator.ts';

const TIMES = process.env.ANPR_TEST_ALL ? 10 : 1;
const silent = pino({ level: 'silent' });
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bytes = (...texts: string[]) => texts.map((each) => Buffer.from(each, 'latin1'));

/** @param allowed whether an error is one that the reader may have */
async function fuzz(
  t: Test,
  seeds: readonly Buffer[],
  count: number,
  read: (input: Buffer) => unknown,
  allowed: (error: unknown) => boolean = (error) => error instanceof AnprError,
): Promise<void> {
  let refused = 0;
  for (let seed = 1; seed <= count * TIMES; seed++) {
    const input = broken(seeds, random(seed));
    try {
      await read(input);
    } catch (error) {
      if (!allowed(error)) {
        t.fail(`input ${seed}: ${error instanceof Error ? error.stack : error}`, {
          input: input.toString('base64').slice(0, 2000),
        });
        return;
      }
      refused += 1;
    }
  }
  t.pass(`${count * TIMES} inputs, ${refused} refused with an error`);
}

test('configuration', async (t) => {
  const example = readFileSync(here('../../config/agent.example.yaml'));
  const small = bytes(
    'version: 1\nsite: e19\nbox: north\ncameras:\n  - {id: a, url: "rtsp://192.0.2.1/1", lanes: [{id: x, polygon: [[0,0],[1,0],[1,1]]}]}\nuplink: {url: "mqtts://b:8883", fallbacks: [{url: "mqtt://c"}]}\n',
    'version: 1\nsite: &a e19\nbox: *a\nwatchlists: {lists: [{id: s, kind: alert-if-absent}]}\n',
  );
  await fuzz(t, [...small, ...small, example], 250, (input) =>
    parseConfig(input.toString('utf8'), '/etc/anpr/agent.yaml', { checkFiles: false }),
  );
});

test('RTSP answers', (t) => {
  const seeds = bytes(
    'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\nPublic: OPTIONS\r\n\r\nhello',
    'RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="x", nonce="y"\r\n\r\n',
  );
  return fuzz(
    t,
    seeds,
    4000,
    (input) => parseResponse(input),
    (error) => error instanceof NotRtsp,
  );
});

test('SDP', (t) => {
  const seeds = bytes(
    'v=0\r\no=- 0 0 IN IP4 1\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAH5WoFAFuQA==,aM48gA==;profile-level-id=42001f\r\na=control:track1\r\na=framerate:25\r\n',
    'm=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 H265/90000\r\na=fmtp:97 sprop-vps=QAEMAf;sprop-sps=QgEB;sprop-pps=RAHA\r\n',
  );
  return fuzz(
    t,
    seeds,
    4000,
    (input) => videoOf(input.toString('latin1')),
    () => false,
  );
});

test('RTP payloads', (t) => {
  const seeds = [
    '7c85010203',
    '1c05aabbcc',
    '780003010203000268ce',
    '6742001f95a8',
    '6201930102',
    '60010003420101',
  ].map((hex) => Buffer.from(hex, 'hex'));
  const feed = (input: Buffer) => {
    for (const codec of ['H264', 'H265'] as const) {
      const reader = depacketise(codec, ['Z0IAH5WoFAFuQA==']);
      for (let at = 0; at < input.length; at += 200) reader.add(input.subarray(at, at + 200));
      reader.stream();
    }
  };
  return fuzz(t, seeds, 2000, feed, () => false);
});

const nut = spawnSync(
  'ffmpeg',
  '-v error -f lavfi -i testsrc2=s=16x8:r=5:d=0.6,format=gray -c:v rawvideo -f nut pipe:1'.split(' '),
).stdout;

test('NUT', { skip: nut?.length ? false : 'needs ffmpeg' }, (t) =>
  fuzz(
    t,
    [nut],
    2000,
    (input) => {
      const parser = new NutParser({ stream: () => {}, picture: () => {} });
      for (let at = 0; at < input.length; at += 700) parser.push(input.subarray(at, at + 700));
    },
    (error) => error instanceof NutError,
  ),
);

test('ONVIF answers', (t) => {
  const seeds = bytes(
    '<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Body><Year>2026</Year><a b=\'c\'/><![CDATA[x]]><!-- y --></s:Body></s:Envelope>',
  );
  return fuzz(
    t,
    seeds,
    3000,
    (input) => parseXml(input.toString('utf8')),
    () => false,
  );
});

test('commands over MQTT are answered, whatever they are', (t) => {
  const seeds = bytes(
    '{"id":"1","epoch":"e","from":1,"to":9}',
    '{"id":"2","readId":"0198f0c8-0000-7000-8000-000000000000","kinds":["plate"]}',
    '{"id":"3","hit":"0198f0c8-0000-7000-8000-000000000000","action":"confirm","by":"x"}',
  );
  const names = ['replay', 'evidence', 'hit', 'other', '', 'constructor', '__proto__'];
  const options = {
    journal: { epoch: 'e', replay: async () => ({ requeued: 0, missing: [] }) as never },
    pictures: { request: async () => [] as never },
    decideHit: async () => 'confirmed' as const,
    address: { site: 'e19', box: 'north' },
    log: silent,
  };
  let turn = 0;
  return fuzz(
    t,
    seeds,
    2000,
    async (input) => {
      const topic = `anpr/1/e19/north/cmd/${names[turn++ % names.length]}`;
      const responseTopic = turn % 3 ? undefined : input.toString('latin1').slice(0, 100);
      await obey(
        { topic, payload: input, retain: false, responseTopic, correlationData: undefined } as never,
        options,
      );
      addressOf(input.toString('latin1'));
    },
    () => false,
  );
});

test('manifests of watchlists', (t) => {
  const seeds = bytes(
    '{"schema":1,"list":"stolen","version":3,"entries":2,"publishedAt":"2026-11-22T13:00:00.000Z","keyId":"0123456789abcdef","content":"full","parts":[{"sha256":"00","bytes":9}],"signature":"AAAA"}',
  );
  return fuzz(t, seeds, 2000, (input) => readManifest(input, 'stolen', new Map()));
});

test('files of watchlists', (t) => {
  const csv = bytes(
    'plate,country,from,to,days,hours,priority,reason\n1ABC234,B,2026-01-01,,mon-fri,22:00-06:00,1,"a ""b"", c"\nK?Z*,,,,,,,\n',
  );
  const jsonl = bytes('{"plate":"1ABC234","country":"B","days":"mon-fri"}\n{"plate":"K?Z*"}\n');
  const read = (format: 'csv' | 'jsonl') => (input: Buffer) => {
    for (const found of rowsOf({ name: 'x', chunks: () => [input] }, format, OWN_COLUMNS))
      if ('row' in found) entryOf(found.row);
    csvRecords(input.toString('utf8'), ';');
  };
  return fuzz(t, csv, 1500, read('csv')).then(() => fuzz(t, jsonl, 1500, read('jsonl')));
});

test('backups and bundles', async (t) => {
  const file = join(t.testdir(), 'x.anpr');
  const signer = openRing(newRing()).current;
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  const about = { kind: 'backup' as const, agent: '0', site: 'e19', box: 'north', createdAt: 0 };
  await writeContainer(file, about, { publicKey: raw }, signer, [{ kind: 'end', values: 0 }]);
  await fuzz(t, [readFileSync(file)], 300, async (input) => {
    writeFileSync(file, input);
    const { content } = await openContainer(file);
    for await (const _ of content({ privateKeys: [privateKey] }));
  });
});

test('pictures', (t) =>
  fuzz(
    t,
    [readFileSync(here('../fixtures/plates/far.jpg'))],
    40,
    async (input) => {
      await sharp(input, { limitInputPixels: 50e6, failOn: 'error' }).greyscale().raw().toBuffer();
    },
    (error) => error instanceof Error,
  ));

test('the local API goes on, whatever is said to it', async (t) => {
  const socketPath = join(shortFolder(t), 'x.sock');
  const api = await startApi({ socketPath, handlers: handlersOf(), log: silent });
  t.teardown(() => api.close());
  const ask = (input: Buffer) =>
    new Promise<string>((resolve) => {
      const socket = connect(socketPath);
      socket.on('error', () => resolve(''));
      textOf(socket).then(resolve, () => resolve(''));
      socket.end(input);
    });
  const seeds = bytes(
    'GET /1/reads?plate=1AB*&limit=7&from=1 HTTP/1.1\r\nhost: agent\r\nconnection: close\r\n\r\n',
    'POST /1/queue/drop?id=x HTTP/1.1\r\nhost: agent\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc',
    'GET /1/picture?id=x&kind=plate HTTP/1.1\r\nhost: agent\r\nx-anpr-who: {}\r\nconnection: close\r\n\r\n',
  );
  await fuzz(t, seeds, 200, ask, () => false);
  t.match(await ask(bytes('GET /1/status HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')[0]!), /200 OK/);
});
