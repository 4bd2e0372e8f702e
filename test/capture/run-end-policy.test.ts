// Why a run of ffmpeg ended, by what it said and how it went.

import { test } from 'tap';
import { type EndedRun, runVerdict } from '../../agent/capture/run-end-policy.ts';

const run: EndedRun = {
  ...{
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

const cases: [what: string, run: Partial<EndedRun>, ending: string, reason: string | RegExp][] = [
  ['no hardware, said at the start', { ...none, ...said('no-hardware') }, 'no-hardware', 'why'],
  ['the same from the decoder in software', said('no-hardware'), 'failed', /status 1/],
  ['the same after frames', { isSoftware: false, ...said('no-hardware') }, 'failed', /status 1/],
  ['the camera refuses', said('refused'), 'refused', 'why'],
  ['it cannot go on', said('fatal'), 'failed', 'why'],
  ['hardware that fails without a word', none, 'no-hardware', /before the first frame/],
  ['hardware, and the input never opened', { ...none, wasOpen: false }, 'failed', /status 1/],
  ['hardware, killed', { ...none, code: null, signal: 'SIGKILL' }, 'failed', 'ffmpeg was ended by SIGKILL'],
  ['a file at its end', { code: 0, isFile: true }, 'finished', 'end of the video'],
  ['a camera that stops', { code: 0 }, 'failed', 'the camera has ended the stream'],
  ['no ffmpeg', { code: null }, 'failed', 'ffmpeg could not be started'],
  ['anything else', { code: 187 }, 'failed', 'ffmpeg ended with status 187'],
];

for (const [what, given, ending, reason] of cases)
  test(what, async (t) => {
    t.match(runVerdict({ ...run, ...given }), { ending, reason });
  });
