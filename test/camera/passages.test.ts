// What the agent does with what a camera's process tells, the telling done by hand.

import { setImmediate as turn } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { createPassages } from '../../agent/camera/passages.ts';
import type { EarlyPictures, PassageFromChild, ToChild } from '../../agent/camera/protocol.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { silent } from '../journal/records.ts';
import { dropped, early, ended, open, picture, pictured, saying } from './told.ts';

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);

/** Writes down what is done; `raising` and `keeping` are waited for. */
function passagesOf(t: Test, { raising = Promise.resolve(), keeping = Promise.resolve() } = {}) {
  const done: string[] = [];
  const sent: ToChild[] = [];
  const found: (EarlyPictures | undefined)[] = [];
  const pictures = createEvidenceStore({ directory: t.testdir({}) });
  const passages = createPassages(
    {
      async keep({ result, evidence }) {
        await keeping;
        done.push(`kept ${[result.text, ...evidence.map(({ kind }) => kind)].join(' ')}`);
      },
      async early({ result }, ask) {
        await raising;
        if (result.text === 'wanted') found.push(await ask('record'));
        done.push(`raised ${result.id}`);
      },
      async dropped(id) {
        done.push(`dropped ${id}`);
      },
      pictures,
    },
    (message) => sent.push(message),
    silent,
  );
  const tell = (...told: (PassageFromChild | EarlyPictures)[]) => {
    for (const each of told) passages.hear(each);
  };
  return { ...passages, tell, done, sent, found, pictures };
}

test('a read is kept once its pictures are made, and the process is told so', async (t) => {
  const { tell, settled, done, sent } = passagesOf(t);
  tell(ended('a'));
  await settled();
  t.same(done, []);
  const item = { kind: 'plate', mediaType: 'image/jpeg', sizeBytes: 4, sha256: '' } as const;
  tell({ type: 'pictured', id: 'a', evidence: [item] });
  await settled();
  t.same(done, ['kept a plate']);
  t.same(sent, [{ type: 'ack', id: 'a' }]);
});

test('the end of a passage waits for what was said of it early', async (t) => {
  const raising = Promise.withResolvers<void>();
  const { tell, settled, done } = passagesOf(t, { raising: raising.promise });
  tell(early('a'), early('b'), dropped('b'), ended('a'));
  tell(pictured('a'));
  await turn();
  t.same(done, []);
  raising.resolve();
  await settled();
  t.same(done.toSorted(), ['dropped b', 'kept a', 'raised a', 'raised b']);
  t.ok(done.indexOf('raised a') < done.indexOf('kept a'));
  t.ok(done.indexOf('raised b') < done.indexOf('dropped b'));
});

test('a process that ends leaves its passages: with the pictures on the disk, or taken back', async (t) => {
  const { tell, settled, ended: processEnded, done, pictures } = passagesOf(t);
  for (const id of ['a', 'b', 'c']) await pictures.put(id, 'plate', 7, JPEG);
  tell(open(saying('a', 'a', 9), saying('b', 'b', 9)), picture('a', 7), picture('c', 7));
  tell(early('d'), ended('b'));
  processEnded();
  await settled();
  t.same(
    done.filter((what) => what.startsWith('kept')),
    ['kept b plate', 'kept a plate'],
  );
  t.ok(done.indexOf('raised d') < done.indexOf('dropped d'));
  t.equal(await pictures.get('c', 'plate', 7), undefined, 'of what gives no read nothing is left');
  processEnded();
  await settled();
  t.equal(done.filter((what) => what.startsWith('kept')).length, 2, 'each once');
});

test('the next process begins with nothing', async (t) => {
  const { tell, settled, ended: processEnded, done } = passagesOf(t);
  tell(open(saying('a')));
  processEnded();
  tell(open(saying('b')));
  processEnded();
  await settled();
  t.same(done, ['kept a', 'kept b']);
});

test('a picture that cannot be read goes without; a hit does not wait for one of a process that is gone', async (t) => {
  const { tell, settled, ended: processEnded, done, found, pictures } = passagesOf(t);
  await pictures.put('record', 'plate', 0, JPEG);
  pictures.find = () => Promise.reject(new Error('the disk is away'));
  tell(open(saying('a')), early('a', 'wanted'));
  await turn();
  processEnded();
  await settled();
  t.same(found, [undefined]);
  t.same(done, ['raised a', 'kept a']);
  t.equal(await pictures.get('record', 'plate', 0), undefined, 'what was made of it is taken back');
});

test('pictures of a hit that come in time are its own; later ones are taken back', async (t) => {
  const { tell, settled, found, sent, pictures, ended: processEnded } = passagesOf(t);
  const made: EarlyPictures = { type: 'early-pictures', record: 'record', of: 'record', at: 7, items: [] };
  const areThere = async () => (await pictures.get('record', 'plate', 7)) !== undefined;
  await pictures.put('record', 'plate', 7, JPEG);
  tell(early('a', 'wanted'));
  // No turn of the event loop: on a busy machine that may take longer than a hit waits.
  while (sent.length === 0) await null;
  tell(made);
  await settled();
  t.same(found, [made]);
  t.ok(await areThere());

  tell(early('b', 'wanted'));
  await settled();
  t.same(found[1], undefined, 'the hit goes without after a while');
  tell(made);
  await settled();
  t.notOk(await areThere());

  tell(early('c', 'wanted'));
  await settled();
  await pictures.put('record', 'plate', 0, JPEG);
  processEnded();
  await settled();
  t.equal(await pictures.get('record', 'plate', 0), undefined, 'made, and never told');
});
