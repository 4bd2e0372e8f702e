// Why a run of ffmpeg ended, by what it said and how it went.

import { test } from 'tap';
import { type EndedRun, runVerdict } from '../../agent/capture/run-end-policy.ts';

const run: EndedRun = {
  ...{
    decided: undefined,
    code: 1,
    signal: null,
    judgement: undefined,
    frames: 100,
    wasOpen: true,
    isSoftware: true,
    isFile: false,
  },
};
const none = { isSoftware: false, frames: 0 };
const said = (verdict: NonNullable<EndedRun['judgement']>['verdict']) => ({
  judgement: { verdict, reason: 'why' },
});

const stalled = { code: 255, decided: { ending: 'stalled', reason: 'silent' } } as const;

const cases: [what: string, run: Partial<EndedRun>, ending: string, reason: string | RegExp][] = [
  ['no hardware, said at the start', { ...none, ...said('no-hardware') }, 'no-hardware', 'why'],
  ['the same from the decoder in software', said('no-hardware'), 'failed', /status 1/],
  ['the same after frames', { isSoftware: false, ...said('no-hardware') }, 'failed', /status 1/],
  ['the camera refuses', said('refused'), 'refused', 'why'],
  ['it cannot go on', said('fatal'), 'failed', 'why'],
  ['hardware that fails without a word', none, 'no-hardware', /before the first frame/],
  ['hardware, and the input never opened', { ...none, wasOpen: false }, 'failed', /status 1/],
  ['hardware, killed', { ...none, code: null, signal: 'SIGKILL' }, 'failed', 'ffmpeg was ended by SIGKILL'],
  [
    'hardware, and the camera ends the stream',
    { ...none, code: 0 },
    'failed',
    'the camera has ended the stream',
  ],
  ['hardware that hangs', { ...none, ...stalled }, 'no-hardware', 'silent'],
  ['hardware, and the camera never answers', { ...none, ...stalled, wasOpen: false }, 'stalled', 'silent'],
  ['hardware that has worked', { isSoftware: false, ...stalled }, 'stalled', 'silent'],
  ['software, without a picture', { frames: 0, ...stalled }, 'stalled', 'silent'],
  [
    'closed, whatever it says',
    { ...said('refused'), decided: { ending: 'stopped', reason: '' } },
    'stopped',
    '',
  ],
  ['a file at its end', { code: 0, isFile: true }, 'finished', 'end of the video'],
  ['a camera that stops', { code: 0 }, 'failed', 'the camera has ended the stream'],
  ['no ffmpeg', { code: null }, 'failed', 'ffmpeg could not be started'],
  ['anything else', { code: 187 }, 'failed', 'ffmpeg ended with status 187'],
];

for (const [what, given, ending, reason] of cases)
  test(what, async (t) => {
    t.match(runVerdict({ ...run, ...given }), { ending, reason });
  });
