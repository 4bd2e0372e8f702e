// What got worse since an earlier report. Shares differ when chance does not explain it, numbers when the difference is
// larger than what measuring them twice gives. Pure.

import type { Share } from '../recognise/index.ts';
import type { Report, ReportContent } from './report-schema.ts';

export type Change = 'worse' | 'better' | 'same' | 'unknown';
export type ComparisonRow = NonNullable<ReportContent['comparison']>['rows'][number];

interface Rule {
  /** which way is worse */
  worse: 'less' | 'more' | 'away';
  /** smaller differences are those of measuring: a share of the earlier value, or in its unit, whichever is more */
  relative: number;
  absolute: number;
}

/** Widths repeat within 5 %; angles and greys waver by what docs/technician.md says of them. */
const RULES: Record<string, Rule> = {
  width: { worse: 'less', relative: 0.05, absolute: 2 },
  tilt: { worse: 'away', relative: 0, absolute: 1.5 },
  skew: { worse: 'away', relative: 0, absolute: 3 },
  angle: { worse: 'more', relative: 0, absolute: 4 },
  sharpness: { worse: 'more', relative: 0.15, absolute: 0.3 },
  motion: { worse: 'more', relative: 0.25, absolute: 0.5 },
  contrast: { worse: 'less', relative: 0.15, absolute: 5 },
  white: { worse: 'less', relative: 0.15, absolute: 10 },
  burnt: { worse: 'more', relative: 0, absolute: 5 },
  black: { worse: 'more', relative: 0, absolute: 5 },
  exposure: { worse: 'less', relative: 0.25, absolute: 0.2 },
  clock: { worse: 'away', relative: 0.5, absolute: 20 },
  delivery: { worse: 'more', relative: 0.25, absolute: 200 },
  fps: { worse: 'less', relative: 0.05, absolute: 0.5 },
  pixels: { worse: 'less', relative: 0.01, absolute: 0 },
};

export function changeOf(name: string, before: number | null, now: number | null): Change {
  const rule = RULES[name];
  if (before === null || now === null || !rule) return 'unknown';
  const [old, fresh] = rule.worse === 'away' ? [Math.abs(before), Math.abs(now)] : [before, now];
  const slack = Math.max(rule.relative * Math.abs(old), rule.absolute);
  if (Math.abs(fresh - old) <= slack) return 'same';
  return fresh < old === (rule.worse === 'less') ? 'worse' : 'better';
}

/** Newcombe's interval of the difference of two shares (1998, method 10): made of their Wilson intervals. */
export function changeOfShare(before: Share, now: Share): Change {
  if (before.interval === null || now.interval === null) return 'unknown';
  if (before.share === null || now.share === null) return 'unknown';
  const difference = now.share - before.share;
  const low = difference - Math.hypot(now.share - now.interval[0], before.interval[1] - before.share);
  const high = difference + Math.hypot(now.interval[1] - now.share, before.share - before.interval[0]);
  if (high < 0) return 'worse';
  return low > 0 ? 'better' : 'same';
}

type Judged = Pick<ReportContent, 'criteria' | 'aim' | 'delivery' | 'stream'>;

export function compare(before: Report | Judged, now: Judged): ComparisonRow[] {
  const rows: ComparisonRow[] = [];
  for (const id of ['captured', 'read', 'delivered'] as const) {
    const [old, fresh] = [shareIn(before, id), shareIn(now, id)];
    if (!old && !fresh) continue;
    rows.push({
      ...{ name: id, kind: 'share', unit: '' },
      ...{ before: old?.share ?? null, now: fresh?.share ?? null },
      change: old && fresh ? changeOfShare(old, fresh) : 'unknown',
    });
  }
  const number = (name: string, unit: string, old: number | null, fresh: number | null) => {
    if (old === null && fresh === null) return;
    const change = changeOf(name, old, fresh);
    rows.push({ name, kind: 'number', unit, before: old, now: fresh, change });
  };
  const clock = (report: Judged) => report.criteria.find(({ id }) => id === 'clock')?.value ?? null;
  number('clock', 'ms', clock(before), clock(now));
  number('delivery', 'ms', before.delivery.p95Ms, now.delivery.p95Ms);
  number('fps', '', before.stream.fps, now.stream.fps);
  number('pixels', 'px', before.stream.width, now.stream.width);
  for (const { name, unit, value } of now.aim)
    number(name, unit, before.aim.find((each) => each.name === name)?.value ?? null, value);
  return rows;
}

function shareIn({ criteria }: Judged, id: string): Share | undefined {
  const found = criteria.find((each) => each.id === id);
  if (!found || found.count === null || found.n === null) return undefined;
  return { count: found.count, n: found.n, share: found.value, interval: found.interval };
}
