// Pictures that are begun early, with the making done by hand.

import { test } from 'tap';
import type { BestPicture } from '../../agent/camera/index.ts';
import { createPicturesOfReads } from '../../agent/camera/pictures-of-read.ts';
import type { EvidenceItem } from '../../agent/evidence/index.ts';

const pictureAt = (capturedAt: number): BestPicture => ({
  planes: { y: { data: new Uint8Array(4), width: 2, height: 2 } },
  best: {
    capturedAt,
    box: [0, 0, 2, 2],
    corners: [
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
    ],
    widthPx: 2,
  },
});
const itemOf = (sha256: string): EvidenceItem => ({
  kind: 'plate',
  mediaType: 'image/jpeg',
  sizeBytes: 1,
  sha256,
});

/** Each making waits until its turn is called; `running` says how many go on at once. */
function byHand() {
  const makings: { at: number; done: (items: EvidenceItem[]) => void }[] = [];
  const removed: [string, number][] = [];
  const pictures = createPicturesOfReads({
    make: (_id, { best }) => new Promise((done) => makings.push({ at: best.capturedAt, done })),
    remove: async (id, capturedAt) => void removed.push([id, capturedAt]),
  });
  return { pictures, makings, removed };
}

test('a picture that was begun early is the one of the read', async (t) => {
  const { pictures, makings } = byHand();
  pictures.begin('a', pictureAt(1));
  const finished = pictures.finish('a', null);
  t.equal(makings.length, 1);
  makings[0]!.done([itemOf('early')]);
  t.same(await finished, [itemOf('early')]);
});

test('a better picture is made after the one before it, and replaces it', async (t) => {
  const { pictures, makings } = byHand();
  pictures.begin('a', pictureAt(1));
  const finished = pictures.finish('a', pictureAt(2));
  t.equal(makings.length, 1, 'one after the other');
  makings[0]!.done([itemOf('early')]);
  await new Promise(setImmediate);
  makings[1]!.done([itemOf('better')]);
  t.same(await finished, [itemOf('better')]);
});

test('a better picture that could not be kept leaves the one before it', async (t) => {
  const { pictures, makings } = byHand();
  pictures.begin('a', pictureAt(1));
  const finished = pictures.finish('a', pictureAt(2));
  makings[0]!.done([itemOf('early')]);
  await new Promise(setImmediate);
  makings[1]!.done([]);
  t.same(await finished, [itemOf('early')]);
});

test('a passage without a picture gives none; one that gives no read leaves none behind', async (t) => {
  const { pictures, makings, removed } = byHand();
  t.same(await pictures.finish('none', null), []);
  pictures.begin('a', pictureAt(7));
  pictures.forget('a');
  makings[0]!.done([itemOf('early')]);
  await new Promise(setImmediate);
  t.same(removed, [['a', 7]]);
});
