// Puts together what was recorded, answered and measured into a report's content. Reads nothing but what it is given.

import { randomUUID } from 'node:crypto';
import { judge, typicalPlate } from '../aim/index.ts';
import { isoOf } from '../shared/time.ts';
import type { Acceptance } from './acceptance.ts';
import { evidences } from './acceptance.ts';
import { type Measures, measure } from './measure.ts';
import { recordedMs } from './recording.ts';
import { type Criterion, REPORT_VERSION, type ReportContent } from './report-schema.ts';
import type { ProbeLine, SessionState } from './session.ts';
import { type CriterionVerdict, judgeClock, judgeShare, neededFor, overall } from './verdict-policy.ts';

export interface ReportFacts {
  state: SessionState;
  acceptance: Acceptance;
  /** passages missed, as a truth file tells */
  truth?: { missed: number } | undefined;
  position: ReportContent['position'];
  headingDegrees: number | null;
  who: { user: string | null; sudoUser: string | null };
  versions: ReportContent['versions'];
  plates: ReportContent['plates'];
  samples: ReportContent['samples'];
  view: string | null;
  timeZone: string;
  now: number;
}

/** Everything but the comparison. */
export function contentOf(facts: ReportFacts): ReportContent {
  const { state, acceptance, now } = facts;
  const { standard, sha256 } = acceptance;
  const measures = measure(state, {
    truth: facts.truth,
    deliveredWithinMs: standard.delivered?.mostMs ?? Infinity,
    hourOf: hourIn(facts.timeZone),
  });
  const criteria = criteriaOf(measures, state, acceptance);
  const first = state.segments[0]?.from ?? state.begunAt;
  const { method, reads, captured, missed, countTooLow, checked, moments, blindShare } = measures;
  return {
    ...{ report: 'anpr-commission', version: REPORT_VERSION, id: randomUUID(), writtenAt: isoOf(now) },
    timeZone: facts.timeZone,
    verdict: overall(criteria.map((each) => each.verdict)),
    ...{ site: state.site, box: state.box, camera: state.camera },
    ...{ position: facts.position, headingDegrees: facts.headingDegrees },
    mounting: state.mounting,
    by: { ...state.by, ...facts.who },
    standard: { ...standard, sha256 },
    recording: {
      ...{ from: isoOf(first), to: isoOf(state.segments.at(-1)?.to ?? first) },
      seconds: Math.round(recordedMs(state) / 1000),
      interruptions: state.interruptions.map(({ from, to, ...why }) => ({
        ...{ from: isoOf(from), to: isoOf(to) },
        ...why,
      })),
    },
    passages: {
      ...{ method, reads, captured, missed, countTooLow, checked, moments },
      blindShare: blindShare === null ? null : rounded(blindShare),
    },
    criteria,
    delivery: { p50Ms: measures.delivered.p50Ms, p95Ms: measures.delivered.p95Ms },
    misreads: measures.misreads,
    ...aimOf(state),
    stream: streamOf(state),
    bars: measures.bars,
    probes: state.probes.map(({ id, verdict, finding, measured }) => ({ id, verdict, finding, measured })),
    ...{ view: facts.view, plates: facts.plates, samples: facts.samples, versions: facts.versions },
    comparison: null,
  };
}

function criteriaOf(measures: Measures, state: SessionState, { standard }: Acceptance): Criterion[] {
  const { captured, read, clock, delivered } = standard;
  const criteria: Criterion[] = [];
  const share = (
    id: Criterion['id'],
    of: Measures['capturedShare'],
    rule: { leastShare: number; marginShare: number },
    notes: string[] = [],
    most: CriterionVerdict = 'pass',
  ) => {
    const found = judgeShare(of, rule);
    const verdict = found === 'pass' ? most : found;
    criteria.push({
      ...{ id, verdict, value: of.share === null ? null : rounded(of.share) },
      ...{ limit: rule.leastShare, margin: rule.marginShare, count: of.count, n: of.n },
      interval: of.interval && [rounded(of.interval[0]), rounded(of.interval[1])],
      needed: found === 'undecided' ? neededFor(of, rule) : null,
      notes,
    });
  };
  if (captured) {
    const notes = capturedNotes(measures, captured);
    const isDoubtful = notes.includes('too-busy') || notes.includes('evidence-too-weak');
    share('captured', measures.capturedShare, captured, notes, isDoubtful ? 'undecided' : 'pass');
  }
  if (read) share('read', measures.readShare, read);
  if (clock) {
    const seen = clockOf(state);
    const verdict = judgeClock(seen, clock);
    criteria.push({
      ...{ id: 'clock', verdict, value: seen.offsetMs === null ? null : rounded(seen.offsetMs) },
      ...{ limit: clock.mostOffsetMs, margin: null, count: null, n: null, interval: null, needed: null },
      notes: seen.synchronised === false ? ['not-synchronised'] : [],
    });
  }
  if (delivered) share('delivered', measures.delivered.share, delivered);
  return criteria;
}

function capturedNotes(
  { method, blindShare, countTooLow, moments }: Measures,
  { evidence, mostBlindShare }: { evidence: Measures['method']; mostBlindShare: number },
): string[] {
  const notes: string[] = [];
  if (evidences.indexOf(method) < evidences.indexOf(evidence)) notes.push('evidence-too-weak');
  if (method === 'motion' && (blindShare ?? 0) > mostBlindShare) notes.push('too-busy');
  if (method === 'motion' && moments.found > moments.answered)
    notes.push(moments.answered === 0 ? 'nobody-looked' : 'extrapolated');
  if (countTooLow) notes.push('count-too-low');
  return notes;
}

/** The worst that the probes and the reads say. */
function clockOf({ probes, reads }: SessionState): { synchronised: boolean | null; offsetMs: number | null } {
  const probed = probes
    .filter(({ id }) => id === 'clock')
    .map(({ data }) => ({
      synchronised: typeof data.synchronised === 'boolean' ? data.synchronised : null,
      offsetMs: numberOr(data.serverOffsetMs) ?? numberOr(data.offsetMs),
    }));
  const all = [...probed, ...reads.map(({ clock }) => clock)];
  const offsets = all.map(({ offsetMs }) => offsetMs).filter((each) => each !== null);
  const states = all.map(({ synchronised }) => synchronised).filter((each) => each !== null);
  return {
    synchronised: states.length === 0 ? null : states.every(Boolean),
    offsetMs: offsets.reduce<number | null>(
      (worst, each) => (worst === null || Math.abs(each) > Math.abs(worst) ? each : worst),
      null,
    ),
  };
}

const COLUMNS = 10;
const ROWS = 5;

/** Over the plates that gave a read, each at its best picture. */
function aimOf({ passages }: SessionState): Pick<ReportContent, 'aim' | 'lanes'> {
  const plates = passages.flatMap(({ outcome, plate }) => (outcome === 'read' && plate ? [plate] : []));
  if (plates.length === 0) return { aim: [], lanes: null };
  const numbers = judge(typicalPlate(plates.map(({ measure: each }) => each)), plates.length).map(
    ({ name, value, unit, bound, limit, verdict }): ReportContent['aim'][number] => ({
      ...{ name, value: roundedOr(value), unit, bound, limit: rounded(limit) },
      good: verdict === null ? null : verdict === 'good',
    }),
  );
  const exposures = plates.map(({ exposureMs }) => exposureMs).filter((each) => each !== null);
  if (exposures.length > 0)
    numbers.push({
      ...{ name: 'exposure', value: rounded(medianOf(exposures)), unit: 'ms' },
      ...{ bound: null, limit: null, good: null },
    });
  const share = (parts: number, of: 'x' | 'y') =>
    Array.from(
      { length: parts },
      (_, index) =>
        plates.filter((plate) => Math.min(parts - 1, Math.floor(plate[of] * parts)) === index).length,
    );
  const cutShare = rounded(plates.filter(({ cut }) => cut).length / plates.length);
  return { aim: numbers, lanes: { columns: share(COLUMNS, 'x'), rows: share(ROWS, 'y'), cutShare } };
}

function streamOf({ probes, picture, camera }: SessionState): ReportContent['stream'] {
  const data = probes.find(({ id }) => id === `camera/${camera}`)?.data ?? {};
  const rtsp = (data.rtsp ?? {}) as { video?: { codec?: string } };
  const whole = (value: unknown) => {
    const number = numberOr(value);
    return number === null ? null : Math.round(number);
  };
  return {
    width: picture.width ?? whole(data.width),
    height: picture.height ?? whole(data.height),
    fps: roundedOr(picture.fps ?? numberOr(data.fps)),
    codec: rtsp.video?.codec ?? null,
    decode: picture.decode,
    lossShare: numberOr(data.lossShare),
    jitterMs: roundedOr(numberOr(data.jitterMs)),
    kilobitsPerSecond: whole(data.kilobitsPerSecond),
    keyFrameSeconds: roundedOr(numberOr(data.keyFrameSeconds)),
  };
}

/** The probes' results as the session keeps them: only what is needed of their data. */
export function probeLines(
  results: readonly (Omit<ProbeLine, 'data'> & { data: Record<string, unknown> })[],
): ProbeLine[] {
  return results.map(({ id, verdict, finding, measured, data }) => ({
    ...{ id, verdict, finding, measured },
    data: id === 'clock' || id.startsWith('camera/') ? data : {},
  }));
}

function hourIn(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { hour: 'numeric', hourCycle: 'h23', timeZone });
  return (at) => Number(format.format(at));
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const rounded = (value: number) => Number(value.toFixed(4));
const roundedOr = (value: number | null) => (value === null ? null : rounded(value));
const numberOr = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
