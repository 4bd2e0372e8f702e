// A merged hit as the page, and `gateway show`, have it: plain data, made of reports and decisions. Pure.

import type { HitAction, HitState } from '../../agent/contract/index.ts';
import { type Decision, lifeOf } from './life-policy.ts';
import { leadOf } from './merge-policy.ts';
import type { AnnouncedPicture, Origin, Report } from './report.ts';

/** What a box was told, and what it answered. */
export interface Told {
  decision: string;
  report: string;
  /** null: nothing yet */
  ok: boolean | null;
  code: string | null;
  message: string | null;
}

export interface HitView {
  id: string;
  state: HitState;
  actions: HitAction[];
  origin: Origin | 'both';
  priority: number;
  /** raised while the plate is still in sight */
  early: boolean;
  site: string;
  box: string;
  camera: string;
  /** as read */
  plate: string;
  country: string | null;
  confidence: number;
  alternatives: { text: string; confidence: number }[];
  /** of the lead report: that the plate is the listed one */
  probability: number;
  /** who says it, and why: one line a report, the lead first */
  reports: ReportView[];
  /** UTC epoch milliseconds, the box's clock */
  capturedAt: number;
  /** UTC epoch milliseconds, this machine's clock */
  receivedAt: number;
  /** the box's clock is so much ahead of ours; 0: no more than a message takes */
  aheadMs: number;
  direction: string;
  lane: string | null;
  position: { latitude: number; longitude: number } | null;
  reminders: number;
  /** the newest of each kind that is here comes first */
  pictures: (AnnouncedPicture & { here: boolean })[];
  history: { at: number; event: string; by: string | null; via: string; note: string | null }[];
  /** decisions that a box has not answered yet */
  waiting: number;
  /** what a box did not accept */
  refused: string[];
}

export interface ReportView {
  origin: Origin;
  from: string;
  state: HitState;
  priority: number;
  probability: number;
  threshold: number | null;
  list: string;
  version: number;
  overdue: boolean;
  absent: boolean;
  /** the entry's plate, as the list has it */
  listed: string | null;
  reference: string | null;
  source: string | null;
  reason: string | null;
  instruction: string | null;
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
  const lead = leadOf(reports)!;
  const { match, read, site, box, camera } = lead;
  const life = lifeOf(reports, decisions);
  const edge = reports.filter(({ origin }) => origin === 'edge');
  const aheadMs = Math.max(...reports.map((report) => report.aheadMs));
  const standing = reports.filter(({ state }) => state !== 'withdrawn');
  const pictures = new Map(reports.flatMap((report) => report.pictures.map((each) => [each.sha256, each])));
  return {
    ...{ id, ...life, site, box, camera },
    origin: edge.length === reports.length ? 'edge' : edge.length === 0 ? 'centre' : 'both',
    priority: Math.min(...(standing.length ? standing : reports).map(({ priority }) => priority)),
    early: reports.every(({ early }) => early),
    plate: read?.plate.text ?? '',
    country: read && read.plate.country !== 'unknown' ? read.plate.country : null,
    confidence: read?.plate.confidence ?? 0,
    alternatives: read?.plate.alternatives ?? [],
    probability: match?.probability ?? 0,
    reports: [lead, ...reports.filter((each) => each !== lead)].map(reportView),
    capturedAt: read ? Date.parse(read.capturedAt) : lead.raisedAt,
    receivedAt: Math.min(...reports.map(({ receivedAt }) => receivedAt)),
    aheadMs: aheadMs > AHEAD_MS ? aheadMs : 0,
    direction: read?.passage.direction ?? 'unknown',
    lane: read?.passage.lane ?? null,
    position: read?.position ?? null,
    reminders: Math.max(...reports.map(({ reminders }) => reminders)),
    pictures: [...pictures.values()]
      .map((picture) => ({ ...picture, here: has(picture.sha256) }))
      .sort((a, b) => Number(b.here) - Number(a.here)),
    history: historyOf(reports, decisions),
    waiting: told.filter(({ ok }) => ok === null).length,
    refused: told.flatMap(({ ok, message, code }) => (ok === false ? [message ?? code ?? 'no reason'] : [])),
  };
}

function reportView({ origin, from, state, priority, match }: Report): ReportView {
  const { list, entry, source = null, reason = null, instruction = null } = match ?? {};
  return {
    ...{ origin, from, state, priority, source, reason, instruction },
    probability: match?.probability ?? 0,
    threshold: match?.threshold ?? null,
    list: list?.id ?? '',
    version: list?.version ?? 0,
    overdue: list?.overdue ?? false,
    absent: list?.kind === 'alert-if-absent',
    listed: entry?.plate ?? null,
    reference: entry?.reference ?? null,
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
