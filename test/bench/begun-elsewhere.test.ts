// A recording that begins elsewhere in itself, for benchmarks with cameras that are not in step.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import {
  beginningNear,
  begunElsewhere,
  comingRound,
  endingTogether,
} from '../../scripts/bench/lib/begun-elsewhere.ts';
import { readTruth, type Truth } from '../../scripts/lib/truth.ts';
import { noFfmpeg } from '../fixtures/needs.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const truth = {
  clip: { seconds: 10, fps: 25, frames: 250 },
  passages: [
    { plate: 'A', country: 'B', direction: 'approaching', firstMs: 1000, lastMs: 1500 },
    { plate: 'B', country: 'B', direction: 'receding', firstMs: 6000, lastMs: 7000 },
  ],
} satisfies Truth;

test('it begins at the next key frame that shows no vehicle, coming round', async (t) => {
  const keyFrames = [0, 2000, 4000, 6000, 8000];
  t.equal(beginningNear(keyFrames, truth, 3000), 4000);
  t.equal(beginningNear(keyFrames, truth, 5000), 8000, 'a vehicle drives by at 6000');
  t.equal(
    beginningNear(keyFrames, truth, 9000),
    4000,
    'one has just driven by at 2000, and at 0 it begins anyway',
  );
  t.throws(() => beginningNear([0, 6500], truth, 1000), /found none/);
});

test('its passages come round with it, in their new order', async (t) => {
  t.match(comingRound(truth, 4000).passages, [
    { plate: 'B', firstMs: 2000, lastMs: 3000 },
    { plate: 'A', firstMs: 7000, lastMs: 7500 },
  ]);
});

test('passages that end at about the same moment are counted, each', async (t) => {
  t.equal(endingTogether([{ truth }, { truth }]), 4);
  t.equal(endingTogether([{ truth }, { truth: comingRound(truth, 4000) }]), 0);
  t.equal(endingTogether([{ truth }]), 0);
});

test('no frame is lost on the way', { skip: noFfmpeg }, async (t) => {
  const clip = fixture('traffic.mp4');
  const begun = await begunElsewhere(clip, readTruth(fixture('traffic.json')), 30_000, t.testdir());
  const packets = (path: string) =>
    execFileSync(
      'ffprobe',
      [
        '-v',
        'error',
        '-count_packets',
        '-show_entries',
        'stream=nb_read_packets,duration',
        '-of',
        'csv=p=0',
        path,
      ],
      { encoding: 'utf8' },
    );
  t.equal(packets(begun.clip), packets(clip));
  t.ok(begun.fromMs >= 30_000);
});
