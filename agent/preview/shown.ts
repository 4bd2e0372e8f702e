// What the agent tells, as the page shows it. Pure.

import type { AimNumber, AimReport, Judgement } from '../aim/index.ts';
import type { JournalRecord } from '../journal/index.ts';
import { AIM_UNITS, byAdvice, limitText, valueText } from '../shared/aim-words.ts';

export interface ShownRead {
  id: string;
  /** UTC epoch milliseconds */
  at: number;
  text: string;
  country: string | null;
  confidence: number;
  uncertain: boolean;
  direction: string | null;
  pictures: string[];
}

export function shownRead(record: JournalRecord): ShownRead {
  // a journal may hold reads of an older version
  const { plate, passage, evidence } = record.payload as {
    plate?: { country?: string; uncertain?: boolean };
    passage?: { direction?: string };
    evidence?: { kind: string }[];
  };
  return {
    id: record.id,
    at: record.at,
    text: record.text ?? '',
    country: plate?.country ?? null,
    confidence: record.confidence ?? 0,
    uncertain: plate?.uncertain ?? false,
    direction: passage?.direction ?? null,
    pictures: (evidence ?? []).map(({ kind }) => kind),
  };
}

/** What the page puts into words of its language: numbers are written with a point, keys are those of agent/preview/texts. */
export interface ShownAim {
  /** what the numbers are of */
  of: 'inPicture' | 'standing' | 'last' | 'lastOne' | 'none';
  /** passages, for `last` */
  count: number;
  rows: AimRow[];
  advice: {
    asking: Pick<AimRow, 'name' | 'bound' | 'limit'>[];
    is: string;
    values: Record<string, number>;
  }[];
  /** `text` is filled in with the values; null: the value `number` alone */
  facts: { name: string; text: string | null; values: Record<string, string> }[];
  /** share of the plates seen, in percent: in each tenth of the picture's width, and fifth of its height; empty: none seen */
  columns: number[];
  lines: number[];
}

export interface AimRow {
  name: AimNumber;
  /** of the widest plate in the newest picture; empty: there is none */
  now: string;
  /** the median of the last passages; empty: there were none */
  lately: string;
  bound: Judgement['bound'];
  /** with its unit */
  limit: string;
  /** of what is in the picture, else of the last passages; null: could not be measured */
  verdict: string | null;
}

export function shownAim(report: AimReport): ShownAim {
  const { now, lately, latelyPassages: count } = report;
  const judgements = now ?? lately ?? [];
  return {
    of: now
      ? 'inPicture'
      : !lately
        ? 'none'
        : report.latelyStanding
          ? 'standing'
          : count === 1
            ? 'lastOne'
            : 'last',
    count,
    rows: judgements.map((judgement, index) => {
      const before = lately?.[index];
      return {
        ...thresholdOf(judgement),
        now: now ? valueText(judgement) : '',
        lately: before ? valueText(before) : '',
        verdict: judgement.verdict,
      };
    }),
    // what passed lately counts: a single look may be a chance
    advice: [...byAdvice(lately ?? judgements).values()].flatMap((asking) => {
      const action = asking[0]?.action;
      return action ? [{ asking: asking.map(thresholdOf), ...action }] : [];
    }),
    facts: factsOf(report),
    columns: sharesOf(report.columns),
    lines: sharesOf(report.rows),
  };
}

const thresholdOf = (judgement: Judgement): Pick<AimRow, 'name' | 'bound' | 'limit'> => ({
  name: judgement.name,
  bound: judgement.bound,
  limit: `${limitText(judgement)}${AIM_UNITS[judgement.unit]}`,
});

function factsOf(report: AimReport): ShownAim['facts'] {
  const { reads, readsPerMinute, passages, readWell, speedPxPerSecond, longestExposureMs, cutShare } = report;
  const facts: ShownAim['facts'] = [
    readsPerMinute === null
      ? { name: 'reads', text: null, values: { number: `${reads}` } }
      : { name: 'reads', text: 'readsText', values: { reads: `${reads}`, rate: readsPerMinute.toFixed(1) } },
  ];
  if (passages > 0) {
    const percent = `${Math.round((100 * readWell) / passages)}`;
    facts.push({
      ...{ name: 'well', text: 'wellText' },
      values: { well: `${readWell}`, passages: `${passages}`, percent },
    });
  }
  if (speedPxPerSecond !== null && longestExposureMs !== null)
    facts.push({
      ...{ name: 'speed', text: 'speedText' },
      values: { speed: speedPxPerSecond.toFixed(0), ms: longestExposureMs.toFixed(1) },
    });
  if (cutShare !== null)
    facts.push({ name: 'edge', text: 'edgeText', values: { percent: `${Math.round(100 * cutShare)}` } });
  return facts;
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? [] : counts.map((count) => Math.round((100 * count) / total));
}
