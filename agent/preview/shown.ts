// What the agent tells, as the page shows it. Pure.

import type { AimReport } from '../aim/index.ts';
import type { JournalRecord } from '../journal/index.ts';
import { AIM_NAMES, AIM_UNITS, adviceOf, limitText, valueText } from '../shared/aim-words.ts';

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

export interface ShownAim {
  /** a sentence: what the numbers are of */
  of: string;
  rows: AimRow[];
  advice: string[];
  /** label and text */
  facts: [label: string, text: string][];
  /** share of the plates seen, in percent: in each tenth of the picture's width, and fifth of its height; empty: none seen */
  columns: number[];
  lines: number[];
}

export interface AimRow {
  name: string;
  /** of the widest plate in the newest picture; empty: there is none */
  now: string;
  /** the median of the last passages; empty: there were none */
  lately: string;
  wanted: string;
  /** of what is in the picture, else of the last passages; null: could not be measured */
  verdict: string | null;
}

export function shownAim(report: AimReport): ShownAim {
  const { now, lately, latelyPassages } = report;
  const judgements = now ?? lately ?? [];
  return {
    of:
      now !== null
        ? 'A plate is in the picture.'
        : lately !== null
          ? report.latelyStanding
            ? 'No plate now. Shown: a plate that stands; nothing has passed.'
            : `No plate now. Shown: the median of the last ${latelyPassages === 1 ? 'passage' : `${latelyPassages} passages`}.`
          : 'No plate seen yet.',
    rows: judgements.map((judgement, index) => {
      const before = lately?.[index];
      return {
        name: AIM_NAMES[judgement.name],
        now: now ? valueText(judgement) : '',
        lately: before ? valueText(before) : '',
        wanted: `${judgement.bound === 'least' ? 'at least' : 'at most'} ${limitText(judgement)}${AIM_UNITS[judgement.unit]}`,
        verdict: judgement.verdict,
      };
    }),
    // what passed lately counts: a single look may be a chance
    advice: adviceOf(lately ?? judgements),
    facts: factsOf(report),
    columns: sharesOf(report.columns),
    lines: sharesOf(report.rows),
  };
}

function factsOf(report: AimReport): ShownAim['facts'] {
  const { reads, readsPerMinute, passages, readWell, speedPxPerSecond, longestExposureMs, cutShare } = report;
  const facts: ShownAim['facts'] = [
    ['Reads', readsPerMinute === null ? `${reads}` : `${reads}, ${readsPerMinute.toFixed(1)} a minute`],
  ];
  if (passages > 0)
    facts.push(['Read well', `${readWell} of ${passages} (${Math.round((100 * readWell) / passages)} %)`]);
  if (speedPxPerSecond !== null && longestExposureMs !== null)
    facts.push([
      'Speed',
      `${speedPxPerSecond.toFixed(0)} px/s: exposure at most ${longestExposureMs.toFixed(1)} ms`,
    ]);
  if (cutShare !== null) facts.push(["At the picture's edge", `${Math.round(100 * cutShare)} % of plates`]);
  return facts;
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? [] : counts.map((count) => Math.round((100 * count) / total));
}
