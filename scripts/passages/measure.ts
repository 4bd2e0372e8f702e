// What the agent makes of passages whose plate is known: the answers that simpler ways would have given, its own, and whether a
// vehicle gives one read.

import { type Calibration, UNCERTAIN_BELOW } from '../../agent/confidence/index.ts';
import type { Grammars } from '../../agent/grammar/index.ts';
import {
  claimOfSightings,
  createTracker,
  type PassageClaim,
  type PassagePolicy,
  type PassageResult,
} from '../../agent/passage/index.ts';
import { claimOfPicture } from '../../agent/recognise/index.ts';
import type { Point, Quad } from '../../agent/shared/geometry.ts';
import { boxOf, centreOf, widthOf } from '../../agent/shared/geometry.ts';
import type { Sample } from './fit.ts';
import type { TimedSighting, TruePassage } from './rendered.ts';

/** How a passage may be answered, from the simplest way to the agent's own. */
export interface Answers {
  /** the single look that the reader is surest of */
  bestLook: string;
  /** the same under the grammars */
  bestLookExplained: string;
  /** the text that most looks read; of equals the one with the larger sum of confidences */
  mostFrequent: string;
  /** evidence of all looks together */
  pooled: string;
  /** the same under the grammars: what the agent says */
  explained: string;
}

export const answerNames: Record<keyof Answers, string> = {
  bestLook: 'best single frame',
  bestLookExplained: 'best single frame, grammars',
  mostFrequent: 'most frequent text',
  pooled: 'pooled evidence',
  explained: 'pooled evidence, grammars',
};

export function answersOf(
  passage: TruePassage,
  grammars: Grammars,
  claim: (PassageClaim & { pooled: string }) | undefined,
): Answers {
  const none = { bestLook: '', bestLookExplained: '', mostFrequent: '', pooled: '', explained: '' };
  if (claim === undefined) return none;
  const best = passage.looks.reduce((a, b) =>
    b.sighting.reading.confidence > a.sighting.reading.confidence ? b : a,
  ).sighting;
  const votes = new Map<string, { count: number; sum: number }>();
  for (const { sighting } of passage.looks) {
    const { text, confidence } = sighting.reading;
    const vote = votes.get(text) ?? { count: 0, sum: 0 };
    votes.set(text, { count: vote.count + 1, sum: vote.sum + confidence });
  }
  votes.delete('');
  const [winner] = [...votes].sort(([, a], [, b]) => b.count - a.count || b.sum - a.sum);
  return {
    bestLook: best.reading.text,
    bestLookExplained: claimOfPicture(best, passage, grammars).reading.text,
    mostFrequent: winner?.[0] ?? '',
    pooled: claim.pooled,
    explained: claim.text,
  };
}

export function claimOfPassage(passage: TruePassage, grammars: Grammars, policy?: PassagePolicy) {
  const sightings = passage.looks.map(({ atMs, sighting }) => ({ at: atMs, sighting }));
  return claimOfSightings(sightings, passage, grammars, policy);
}

/** Samples to fit a passage's scale on: one each passage that has a text. */
export function passageSamples(passages: readonly TruePassage[], grammars: Grammars): Sample[] {
  return passages.flatMap((passage) => {
    const claim = claimOfPassage(passage, grammars);
    return claim && claim.text !== '' ? [{ grounds: claim.grounds, right: claim.text === passage.text }] : [];
  });
}

/** Samples to fit a picture's scale on: each look on its own. */
export function pictureSamples(passages: readonly TruePassage[], grammars: Grammars): Sample[] {
  return passages.flatMap((passage) =>
    passage.looks.flatMap(({ sighting }) => {
      const { reading, grounds } = claimOfPicture(sighting, passage, grammars);
      return reading.text === '' ? [] : [{ grounds, right: reading.text === passage.text }];
    }),
  );
}

export interface Told {
  reads: PassageResult[];
  dropped: number;
}

/** The reads that the tracker gives, with nothing dropped but what is no plate at all. */
export function told(
  looks: readonly TimedSighting[],
  size: { width: number; height: number },
  known: { grammars: Grammars; calibration: Calibration | null; minConfidence: number },
): Told {
  const { minConfidence } = known;
  let ids = 0;
  const tracker = createTracker(
    {
      lanes: [],
      masks: [],
      reads: { minConfidence, minCharacters: 3, uncertainBelow: UNCERTAIN_BELOW },
      ...known,
    },
    () => `${ids++}`,
  );
  const events = [];
  const times = [...new Set(looks.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  for (const at of times) {
    const sightings = looks.filter(({ atMs }) => atMs === at).map(({ sighting }) => sighting);
    events.push(...tracker.follow({ ...size, capturedAt: at }, sightings));
  }
  events.push(...tracker.close((times.at(-1) ?? 0) + 5000));
  return {
    reads: events.flatMap((event) => (event.type === 'ended' ? [event.result] : [])),
    dropped: events.filter((event) => event.type === 'dropped').length,
  };
}

export interface Pair {
  width: number;
  height: number;
  a: TimedSighting[];
  b: TimedSighting[];
}

/**
 * Two passages as one drive past one camera, side by side: look k of the one and look k of the other in one picture, so
 * close that their plates are 1.3 widths apart where they come nearest. The picture is large enough for both.
 */
export function sideBySide(a: TruePassage, b: TruePassage): Pair {
  const count = Math.min(a.looks.length, b.looks.length);
  let shift = -Infinity;
  let down = 0;
  for (let k = 0; k < count; k++) {
    const [one, other] = [a.looks[k]!.sighting.corners, b.looks[k]!.sighting.corners];
    const apart = 1.3 * Math.max(widthOf(one), widthOf(other));
    shift = Math.max(shift, centreOf(one)[0] + apart - centreOf(other)[0]);
    down = centreOf(one)[1] - centreOf(other)[1];
  }
  const [x, y] = [2 * a.width, 2 * a.height];
  const placed = (looks: readonly TimedSighting[], by: Point) =>
    looks.slice(0, count).map(({ sighting }, k) => ({
      atMs: a.looks[k]!.atMs,
      sighting: movedSighting(sighting, by),
    }));
  return {
    a: placed(a.looks, [x, y]),
    b: placed(b.looks, [x + shift, y + down]),
    width: 7 * a.width,
    height: 5 * a.height,
  };
}

function movedSighting(sighting: TimedSighting['sighting'], [x, y]: Point): TimedSighting['sighting'] {
  const corners = sighting.corners.map((corner) => [corner[0] + x, corner[1] + y]) as Quad;
  return { ...sighting, corners, box: boxOf(corners) };
}
