// Which constants of pooling read most passages right? A coordinate search over agent/passage/policy.ts on the passages that
// calibrations are fitted on, and on the dash-cam's training drives when --data names them. It prints, and changes nothing: the
// numbers go into policy.ts with a reason, and scripts/calibrate runs after that.
//
//     node scripts/tune-passages.ts [--reader crnn-v1] [--models DIR] [--passages DIR] [--data DIR] [--rounds 1]

import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadGrammars } from '../agent/grammar/index.ts';
import { defaultPolicy, type PassagePolicy } from '../agent/passage/index.ts';
import { loadVision, modelsDirectory } from '../agent/vision/index.ts';
import { claimOfPassage } from './passages/measure.ts';
import { readPhotographed } from './passages/photographed.ts';
import { readRendered } from './passages/rendered.ts';

const { values } = parseArgs({
  options: {
    reader: { type: 'string', default: 'crnn-v1' },
    detector: { type: 'string', default: 'centre-v1' },
    models: { type: 'string', default: modelsDirectory },
    passages: {
      type: 'string',
      default: path.resolve(import.meta.dirname, '../models/training/runs/passages'),
    },
    data: { type: 'string' },
    rounds: { type: 'string', default: '1' },
  },
});

type Tuned =
  | 'clarityExponent'
  | 'lookCorrelation'
  | 'slotFloor'
  | 'omission'
  | 'unseen'
  | 'blindPx'
  | 'clearPx'
  | 'maxLooks';

const CHOICES: Record<Tuned, readonly number[]> = {
  clarityExponent: [4, 7, 10, 14],
  omission: [0.1, 0.2, 0.35, 0.6],
  unseen: [0.7, 0.9, 0.97],
  blindPx: [10, 15, 25],
  clearPx: [40, 50, 70],
  slotFloor: [0.005, 0.01, 0.02],
  lookCorrelation: [0.15, 0.25, 0.4],
  maxLooks: [5, 8, 12],
};

const vision = await loadVision({
  directory: values.models,
  detector: values.detector,
  reader: values.reader,
});
const grammars = loadGrammars();
const passages = await readRendered(path.join(values.passages, 'fit'), vision);
if (values.data !== undefined)
  passages.push(...(await readPhotographed(path.join(values.data, 'dashcam-ro'), 'train', vision)));
await vision.close();

let best: PassagePolicy = defaultPolicy;
let most = judged(best);
console.log(`${passages.length} passages; as they are: ${words(most)}`);
for (let round = 0; round < Number(values.rounds); round++)
  for (const [name, choices] of Object.entries(CHOICES) as [Tuned, readonly number[]][])
    for (const value of choices) {
      if (best[name] === value) continue;
      const policy = { ...best, [name]: value };
      const found = judged(policy);
      const better = found.right > most.right;
      console.log(`${better ? '*' : ' '} ${name} ${value}: ${words(found)}`);
      if (better) [best, most] = [policy, found];
    }
const changed = (Object.keys(CHOICES) as Tuned[]).filter((name) => best[name] !== defaultPolicy[name]);
console.log(`best: ${changed.map((name) => `${name} ${best[name]}`).join(', ') || 'as they are'}`);

/** How many are exactly right, and the mean of -log P of what turned out to be so: a tie is for the smaller one. */
function judged(policy: PassagePolicy) {
  let right = 0;
  let loss = 0;
  for (const passage of passages) {
    const claim = claimOfPassage(passage, grammars, policy);
    const isRight = claim?.text === passage.text;
    if (isRight) right++;
    const share = Math.min(0.9995, Math.max(0.0005, claim?.confidence ?? 0));
    loss -= Math.log(isRight ? share : 1 - share);
  }
  return { right, loss: loss / passages.length };
}

function words({ right, loss }: { right: number; loss: number }): string {
  return `${right} right (${((100 * right) / passages.length).toFixed(2)} %), log loss before calibration ${loss.toFixed(4)}`;
}
