// What a preview is given of a camera's frames: pictures to one reader, what was found in each, numbers; and nothing when
// nobody watches.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { test } from 'tap';
import { openPictureFeed } from '../../agent/camera/picture-feed.ts';
import { createPreviewing, type PreviewNote } from '../../agent/camera/previewing.ts';
import type { Frame } from '../../agent/capture/index.ts';
import { shortFolder } from '../api/short-folder.ts';
import { noFfmpeg } from '../fixtures/needs.ts';

interface Made {
  width?: number;
  height?: number;
  grey?: boolean;
  level?: number;
}

/** A frame of one level; `planes` counts how often its planes were asked for. */
function frameAt(capturedAt: number, { width = 64, height = 48, grey = false, level = 100 }: Made = {}) {
  let asked = 0;
  const plane = (w: number, h: number, value: number) => ({
    data: new Uint8Array(w * h).fill(value),
    width: w,
    height: h,
  });
  const frame: Frame = {
    ...{ camera: 'gate', sequence: 0, capturedAt, width, height },
    small: plane(8, 8, level),
    rows: () => undefined,
    planes() {
      asked++;
      const y = plane(width, height, level);
      return grey ? { y } : { y, u: plane(width / 2, height / 2, 128), v: plane(width / 2, height / 2, 128) };
    },
    release() {},
  };
  return { frame, asked: () => asked };
}

/** Offers frames until one was taken: the reader connects in its own time. */
async function untilTaken(offer: () => number | null): Promise<number> {
  for (;;) {
    const number = offer();
    if (number !== null) return number;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

for (const grey of [false, true])
  test(`ffmpeg reads the ${grey ? 'grey' : 'coloured'} pictures from the socket, each once and in order`, {
    skip: noFfmpeg,
  }, async (t) => {
    const folder = shortFolder(t);
    const feed = await openPictureFeed(folder, () => {});
    const reading = promisify(execFile)(
      'ffmpeg',
      [
        '-loglevel',
        'error',
        '-i',
        `unix:${feed.socket}`,
        '-vf',
        grey ? 'scale=2:2' : 'extractplanes=y,scale=2:2',
        '-pix_fmt',
        'gray',
        '-f',
        'rawvideo',
        '-',
      ],
      { encoding: 'buffer' },
    );
    for (let level = 60; level < 120; level += 20)
      t.equal(
        await untilTaken(() => feed.offer(frameAt(0, { grey, level }).frame)),
        (level - 60) / 20,
        'counted from 0',
      );
    t.same(readdirSync(folder), [], 'nobody else can connect');
    feed.close();
    const { stdout } = await reading;
    t.same(
      [...stdout].filter((_, index) => index % 4 === 0),
      [60, 80, 100],
    );
  });

test('a reader that does not keep up misses pictures; one that goes, and another size, end the feed', async (t) => {
  const folder = shortFolder(t);
  let over = 0;
  const feed = await openPictureFeed(folder, () => over++);
  t.equal(feed.offer(frameAt(0).frame), null, 'nobody reads yet');
  const lazy = connect(feed.socket).pause();
  await untilTaken(() => feed.offer(frameAt(0, { width: 1920, height: 1080 }).frame));
  let missed = 0;
  for (let count = 0; count < 10; count++)
    if (feed.offer(frameAt(0, { width: 1920, height: 1080 }).frame) === null) missed++;
  t.equal(missed, 10, 'nothing waits for it, and nothing piles up');
  const gone = new Promise<void>((resolve) => lazy.once('close', () => resolve()));
  lazy.destroy();
  await gone;
  while (over === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.equal(feed.offer(frameAt(0).frame), null);
  feed.close();
  t.equal(over, 1, 'told once');

  const other = await openPictureFeed(folder, () => over++);
  const reader = connect(other.socket).resume();
  await untilTaken(() => other.offer(frameAt(0).frame));
  t.equal(other.offer(frameAt(0, { width: 32 }).frame), null);
  t.equal(over, 2, 'a picture of another size needs another feed');
  await new Promise((resolve) => reader.once('close', resolve));

  const unread = await openPictureFeed(folder, () => over++);
  t.ok(existsSync(unread.socket));
  unread.close();
  t.notOk(existsSync(unread.socket), 'nothing is left behind');
  const deep = `${folder}/${'x'.repeat(100)}`;
  await t.rejects(
    openPictureFeed(deep, () => {}),
    { code: 'preview.socket', message: /at most 107 bytes/ },
  );
  await t.rejects(
    openPictureFeed(`${folder}/none`, () => {}),
    { code: 'preview.socket' },
  );
});

test('each watcher gets each picture, and frames cost nothing once nobody watches', async (t) => {
  const folder = shortFolder(t);
  const notes: Record<string, PreviewNote[]> = { one: [], other: [] };
  const told = Promise.withResolvers<void>();
  const previewing = createPreviewing({ camera: 'gate', uncertainBelow: 0.8 }, (key, note) => {
    notes[key]!.push(note);
    if (Object.values(notes).every((all) => all.some(({ type }) => type === 'feed'))) told.resolve();
  });
  previewing.set('one', folder);
  previewing.set('other', folder);
  await told.promise;
  const readers = Object.values(notes).map((all) => {
    const feed = all.find((note) => note.type === 'feed');
    return connect(feed?.type === 'feed' ? feed.socket : '').resume();
  });
  await Promise.all(readers.map((reader) => new Promise((resolve) => reader.once('connect', resolve))));

  let at = 0;
  const asked: number[] = [];
  async function* frames() {
    for (let count = 0; count < 40; count++) {
      at += 40;
      const { frame, asked: times } = frameAt(at);
      yield frame;
      asked.push(times());
      await new Promise((resolve) => setImmediate(resolve));
      if (count === 29) for (const key of ['one', 'other']) previewing.set(key, null);
    }
  }
  for await (const frame of previewing.watching(frames()))
    if (frame.capturedAt % 120 === 0)
      previewing.looked(frame, { sightings: [], unread: [], ms: { detect: 1, read: 1 } });
  t.same(asked.slice(30), Array(10).fill(0), 'nobody watches any more');
  for (const all of Object.values(notes)) {
    const looks = all.filter((note) => note.type === 'look');
    const pictures = looks.flatMap(({ picture }) => picture ?? []);
    t.same(pictures, [...pictures.keys()], 'each picture once, in order');
    t.ok(pictures.length >= 5 && pictures.length <= 15, `every second frame, not more: ${pictures.length}`);
    t.equal(looks.filter(({ plates }) => plates !== null).length, 10, 'each look is told');
    const aims = all.filter(({ type }) => type === 'aim').length;
    t.ok(aims >= 10 && aims <= 20, `numbers with each look: ${aims}`);
  }
  t.same(readdirSync(folder), []);
  previewing.close();
});
