// The NUT parser against ffmpeg's own muxer, in pieces of any size, and against damage.

import { execFileSync } from 'node:child_process';
import { test } from 'tap';
import { NutError, NutParser, type NutPicture, type NutStream } from '../../agent/capture/nut.ts';
import { noFfmpeg } from '../fixtures/needs.ts';

const WIDTH = 66;
const HEIGHT = 40;

/** NUT as the camera's pipe carries it, and the same pictures raw. */
function muxed(filter = 'null', options: string[] = []): { nut: Buffer; raw: Buffer } {
  const source = `testsrc2=s=${WIDTH}x${HEIGHT}:r=25:d=1,${filter},format=gray`;
  const input = ['-v', 'error', '-f', 'lavfi', '-i', source, '-fps_mode', 'passthrough', '-c:v', 'rawvideo'];
  const run = (output: string[]) =>
    execFileSync('ffmpeg', [...input, ...output, 'pipe:1'], { maxBuffer: 1 << 26 });
  return {
    nut: run(['-enc_time_base', '1:90000', '-f', 'nut', '-flush_packets', '1', ...options]),
    raw: run(['-f', 'rawvideo']),
  };
}

function parse(chunks: Iterable<Buffer>): { streams: NutStream[]; pictures: NutPicture[] } {
  const streams: NutStream[] = [];
  const pictures: NutPicture[] = [];
  const parser = new NutParser({
    stream: (stream) => streams.push(stream),
    picture: (picture) => pictures.push(picture),
  });
  for (const chunk of chunks) parser.push(chunk);
  return { streams, pictures };
}

function* pieces(bytes: Buffer, next: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const size = next();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** mulberry32: small numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

test('what ffmpeg writes comes out bit for bit, with its times', { skip: noFfmpeg }, (t) => {
  const { nut, raw } = muxed();
  for (const size of [1, 7, 1000, 65536, nut.length]) {
    const { streams, pictures } = parse(pieces(nut, () => size));
    t.match(streams, [{ widthPx: WIDTH, heightPx: HEIGHT }]);
    t.equal(pictures.length, 25);
    t.ok(Buffer.concat(pictures.map(({ data }) => data)).equals(raw), `in pieces of ${size}`);
    const { numerator, denominator } = streams[0]!.timeBase;
    t.same(
      pictures.map(({ pts }) => Math.round((pts * numerator * 1000) / denominator)),
      Array.from({ length: 25 }, (_, index) => index * 40),
    );
  }
  t.end();
});

test('uneven times and long gaps', { skip: noFfmpeg }, (t) => {
  // The time stamps jump by hours: the low bits alone do not tell them.
  const { nut } = muxed(`setpts='(N*N*0.013+if(gte(N,10),3600*5,0)+if(gte(N,20),3600*20,0))/TB'`);
  const { streams, pictures } = parse([nut]);
  const { numerator, denominator } = streams[0]!.timeBase;
  const seconds = pictures.map(({ pts }) => (pts * numerator) / denominator);
  const wanted = Array.from(
    { length: 25 },
    (_, n) => n * n * 0.013 + (n >= 10 ? 18000 : 0) + (n >= 20 ? 72000 : 0),
  );
  t.ok(
    seconds.every((second, index) => Math.abs(second - wanted[index]!) < 0.041),
    String(seconds),
  );
  t.end();
});

test('without an index at the end', { skip: noFfmpeg }, (t) => {
  const { nut, raw } = muxed('null', ['-write_index', '0']);
  t.ok(Buffer.concat(parse([nut]).pictures.map(({ data }) => data)).equals(raw));
  t.end();
});

test('a pipe that breaks off gives the whole pictures before', { skip: noFfmpeg }, (t) => {
  const { nut, raw } = muxed();
  const next = random(1);
  for (let round = 0; round < 50; round++) {
    const { pictures } = parse([nut.subarray(0, Math.floor(next() * nut.length))]);
    const bytes = Buffer.concat(pictures.map(({ data }) => data));
    if (!bytes.equals(raw.subarray(0, bytes.length))) t.fail(`round ${round}`);
  }
  t.pass('50 rounds');
  t.end();
});

test('garbage is a NutError', (t) => {
  const id = Buffer.from('nut/multimedia container\0', 'latin1');
  for (const bytes of [
    Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n'),
    Buffer.concat([id, Buffer.alloc(100)]),
    Buffer.concat([id, Buffer.from('4e4d7a561f5f04adffffffffffffffffff7f', 'hex')]),
    Buffer.concat([id, Buffer.from('4e4d7a561f5f04ad', 'hex'), Buffer.alloc(500_000, 0x81)]),
    Buffer.concat([id, Buffer.from('4e00000000000000', 'hex'), Buffer.from([8]), Buffer.alloc(16)]),
  ])
    t.throws(() => parse(pieces(bytes, () => 1000)), NutError);
  t.end();
});

test('after damage it goes on at the next sync point', { skip: noFfmpeg }, (t) => {
  const { nut, raw } = muxed();
  const frame = WIDTH * HEIGHT;
  const syncPoint = Buffer.from('4e4be4adeeca4569', 'hex');
  const second = nut.indexOf(syncPoint, nut.indexOf(syncPoint) + 1);
  const damaged = Buffer.from(nut);
  damaged.fill(0xff, second, second + 20);
  const pictures: NutPicture[] = [];
  const parser = new NutParser({ stream: () => {}, picture: (picture) => pictures.push(picture) });
  let errors = 0;
  for (const piece of pieces(damaged, () => 500))
    try {
      parser.push(piece);
    } catch (error) {
      t.type(error, NutError);
      errors++;
      parser.resync();
    }
  t.equal(errors, 1);
  t.ok(pictures.length >= 10 && pictures.length < 25, `${pictures.length} of 25 pictures`);
  t.ok(Buffer.from(pictures.at(-1)!.data).equals(raw.subarray(24 * frame)), 'the last one is whole');
  t.end();
});

test('random damage ends in pictures or a NutError, never in anything else', { skip: noFfmpeg }, (t) => {
  const { nut } = muxed();
  const head = nut.subarray(0, 8000);
  const next = random(20261122);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const damaged = Buffer.from(head);
    const hits = 1 + Math.floor(next() * 8);
    // Half of the rounds hit the headers, where every byte steers the parser.
    const range = round % 2 === 0 ? 400 : damaged.length;
    for (let hit = 0; hit < hits; hit++) damaged[Math.floor(next() * range)] = Math.floor(next() * 256);
    const parser = new NutParser({ stream: () => {}, picture: () => {} });
    let resyncs = 0;
    for (const piece of pieces(damaged, () => 1 + Math.floor(next() * 900)))
      try {
        parser.push(piece);
      } catch (error) {
        if (!(error instanceof NutError)) throw error;
        refused++;
        if (++resyncs > 3) break;
        try {
          parser.resync();
        } catch (failure) {
          if (!(failure instanceof NutError)) throw failure;
          break;
        }
      }
  }
  t.ok(refused > 1000, `${refused} refusals in 3000 rounds`);
  t.end();
});
