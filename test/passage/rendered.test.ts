// Ten rendered passages (models/training/render_passages.py --half report --seed 5 --count 10) through the agent's own
// reader and tracker: a plate that is seen far and then near is one vehicle, and two in one picture are two.

import path from 'node:path';
import { test } from 'tap';
import { UNCERTAIN_BELOW } from '../../agent/confidence/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { loadVision } from '../../agent/vision/index.ts';
import { sideBySide, told } from '../../scripts/passages/measure.ts';
import { readRendered } from '../../scripts/passages/rendered.ts';

const file = path.resolve(import.meta.dirname, '../fixtures/passages/ten');
const vision = await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' });
const passages = await readRendered(file, vision);
const { calibration } = vision;
await vision.close();
const known = { grammars: loadGrammars(), calibration, minConfidence: 0.05 };

test('a plate seen far and then near gives one read, or none when nobody can read it', (t) => {
  t.equal(passages.length, 10);
  let reads = 0;
  for (const passage of passages) {
    const { reads: of } = told(passage.looks, passage, known);
    t.ok(of.length <= 1, `${passage.kind} ${passage.text}: ${of.map(({ text }) => text).join(' ')}`);
    reads += of.length;
    for (const { text, confidence, uncertain, framesUsed } of of) {
      t.ok(framesUsed > 1);
      t.equal(uncertain, confidence < UNCERTAIN_BELOW);
      if (confidence >= 0.99) t.equal(text, passage.text);
    }
  }
  t.ok(reads >= 5, `${reads} reads`);
  t.end();
});

test('two plates in one picture give two reads, each what it is alone', (t) => {
  const near = passages.filter(({ kind, looks }) => kind === 'near' && looks.length >= 8);
  t.ok(near.length >= 4);
  for (const [i, a] of near.entries()) {
    for (const b of near.slice(i + 1)) {
      const pair = sideBySide(a, b);
      const alone = [pair.a, pair.b].flatMap((looks) => told(looks, pair, known).reads);
      const together = told([...pair.a, ...pair.b], pair, known).reads;
      const texts = (of: typeof alone) => of.map(({ text }) => text).sort();
      t.same(texts(together), texts(alone), `${a.text} beside ${b.text}`);
    }
  }
  t.end();
});
