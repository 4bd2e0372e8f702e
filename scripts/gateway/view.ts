// A merged hit as the page, `--json` and `show` have it: plain data, made of reports and decisions. Pure.

import type { Address, HitAction, HitMatch, HitRead, HitState } from '../../agent/contract/index.ts';
import { type Decision, lifeOf } from './life-policy.ts';
import { leadOf } from './merge-policy.ts';
import type { AnnouncedPicture, Origin, Report, ReportStep } from './report.ts';

/** What a box was told, and what it answered. */
export interface Told {
  decision: string;
  report: string;
  /** null: nothing yet */
  ok: boolean | null;
  code: string | null;
  message: string | null;
}

export interface HitView extends Address {
  id: string;
  state: HitState;
  /** what may be done about it now */
  actions: HitAction[];
  origin: Origin | 'both';
  priority: number;
  /** raised while the plate is still in sight */
  early: boolean;
  camera: string;
  /** as read */
  plate: string;
  /** in the contract's own words, by the lead report: of those that stand the most urgent, then the most probable */
  match: HitMatch;
  read: HitRead;
  /** what the other reports say */
  others: Pick<Report, 'origin' | 'from' | 'state' | 'match'>[];
  /** UTC epoch milliseconds, this machine's clock */
  receivedAt: number;
  /** the box's clock is so much ahead of ours; 0: no more than a message takes */
  aheadMs: number;
  reminders: number;
  /** the newest of each kind that is here comes first */
  pictures: (AnnouncedPicture & { here: boolean })[];
  history: ReportStep[];
  /** decisions that a box has not answered yet */
  waiting: number;
  /** what a box did not accept */
  refused: string[];
}

/** a clock that is ahead by less is a message that was quick */
const AHEAD_MS = 2000;

export interface ViewParts {
  id: string;
  reports: readonly Report[];
  decisions: readonly Decision[];
  told: readonly Told[];
  /** which pictures are here */
  has(sha256: string): boolean;
}

export function viewOf({ id, reports, decisions, told, has }: ViewParts): HitView {
  const lead = leadOf(reports);
  if (!lead?.match || !lead.read) throw new Error(`nothing says what the hit ${id} is about`);
  const { match, read, site, box, camera } = lead;
  const fromBox = reports.filter(({ origin }) => origin === 'edge');
  const standing = reports.filter(({ state }) => state !== 'withdrawn');
  const aheadMs = Math.max(...reports.map((report) => report.aheadMs));
  const pictures = new Map(reports.flatMap((report) => report.pictures.map((each) => [each.sha256, each])));
  return {
    ...{ id, ...lifeOf(reports, decisions), site, box, camera, plate: read.plate.text, match, read },
    others: reports
      .filter((report) => report !== lead)
      .map(({ origin, from, state, match }) => ({ origin, from, state, match })),
    origin: fromBox.length === reports.length ? 'edge' : fromBox.length === 0 ? 'centre' : 'both',
    priority: Math.min(...(standing.length ? standing : reports).map(({ priority }) => priority)),
    early: reports.every(({ early }) => early),
    receivedAt: Math.min(...reports.map(({ receivedAt }) => receivedAt)),
    aheadMs: aheadMs > AHEAD_MS ? aheadMs : 0,
    reminders: Math.max(...reports.map(({ reminders }) => reminders)),
    pictures: [...pictures.values()]
      .map((picture) => ({ ...picture, here: has(picture.sha256) }))
      .sort((a, b) => Number(b.here) - Number(a.here)),
    history: historyOf(reports, decisions),
    waiting: told.filter(({ ok }) => ok === null).length,
    refused: told.flatMap(({ ok, message, code }) => (ok === false ? [message ?? code ?? 'no reason'] : [])),
  };
}

/** Oldest first. A decision of ours and the box's record of it are two lines: said here, kept there. */
function historyOf(reports: readonly Report[], decisions: readonly Decision[]): HitView['history'] {
  const own = decisions.map(({ at, action, by, cause, note }) => ({
    ...{ at, event: action, by, via: 'here' },
    note: [cause, note].filter(Boolean).join(': ') || null,
  }));
  const theirs = reports.flatMap(({ from, steps }) =>
    steps.map((step) => ({
      ...step,
      via: step.via === 'gateway' ? `kept by ${from}` : `${step.via} ${from}`,
    })),
  );
  return [...theirs, ...own].sort((a, b) => a.at - b.at);
}
