// One row of a source's file as an entry. What is wrong is said by column and rule, never with what stood there: a row is
// about a person. Pure.

import { normalisePlate } from './plate.ts';
import type { Entry, Validity } from './types.ts';

export const FIELDS = [
  'plate',
  'country',
  'from',
  'to',
  'days',
  'hours',
  'zones',
  'priority',
  'reason',
  'instruction',
  'source',
  'reference',
  'action',
] as const;
export type Field = (typeof FIELDS)[number];

/** What a row says, by our names of the columns. */
export type Row = Partial<Record<Field, string>>;

const MAX_TEXT = 500;
const MAX_ZONES = 50;

/** What a row wants done: in a whole list each adds an entry, a delta may also remove some. */
export interface RowEntry {
  entry: Entry;
  wildcard: boolean;
  action: 'add' | 'remove';
}

/** @returns the entry, or why there is none */
export function entryOf(row: Row): RowEntry | { problem: string } {
  for (const field of FIELDS)
    if ((row[field]?.length ?? 0) > MAX_TEXT)
      return { problem: `${field}: more than ${MAX_TEXT} characters` };
  const plate = normalisePlate(row.plate ?? '');
  if ('problem' in plate) return { problem: `plate: ${plate.problem}` };
  const country = textOf(row.country)?.toUpperCase() ?? null;
  if (country !== null && !/^[A-Z]{1,3}$/.test(country))
    return { problem: 'country: wanted the one to three letters that a plate shows, like B or NL' };
  const priority = textOf(row.priority);
  if (priority !== null && !/^[1-9]$/.test(priority))
    return { problem: 'priority: wanted a whole number from 1 (most urgent) to 9' };
  const validity = validityOf(row);
  if ('problem' in validity) return validity;
  const action = textOf(row.action)?.toLowerCase() ?? 'add';
  if (action !== 'add' && action !== 'remove') return { problem: 'action: wanted add or remove' };
  return {
    action,
    wildcard: plate.wildcard,
    entry: {
      plate: plate.plate,
      country,
      reference: textOf(row.reference),
      reason: textOf(row.reason),
      instruction: textOf(row.instruction),
      source: textOf(row.source),
      priority: priority === null ? null : Number(priority),
      validity,
    },
  };
}

function validityOf(row: Row): Validity | { problem: string } {
  const from = momentOf(textOf(row.from), 0);
  const to = momentOf(textOf(row.to), 1);
  const wantedTime = 'wanted a day like 2026-11-22, or a time like 2026-11-22T13:00';
  if (from === undefined) return { problem: `from: ${wantedTime}` };
  if (to === undefined) return { problem: `to: ${wantedTime}` };
  if (from !== null && to !== null && to <= from) return { problem: 'to: is not after from' };
  const days = daysOf(textOf(row.days));
  if (days === undefined) return { problem: 'days: wanted days like mon-fri, or 1-5, or sat,sun' };
  const minutes = hoursOf(textOf(row.hours));
  if (minutes === undefined) return { problem: 'hours: wanted hours like 22:00-06:00' };
  const zones = zonesOf(textOf(row.zones));
  if (zones === undefined)
    return { problem: `zones: wanted at most ${MAX_ZONES} names of letters, digits, "_" and "-"` };
  return { from, to, days, minutes, zones };
}

function zonesOf(text: string | null): string[] | null | undefined {
  if (text === null) return null;
  const zones = [...new Set(text.split(/[\s,;]+/).filter(Boolean))].sort();
  return zones.length <= MAX_ZONES && zones.every((zone) => /^[A-Za-z0-9_-]+$/.test(zone))
    ? zones
    : undefined;
}

const textOf = (value: string | undefined): string | null => value?.trim() || null;

/** A day alone is that whole day on the box's clock: `to` is then the midnight after it. */
function momentOf(text: string | null, daysOn: number): number | null | undefined {
  if (text === null) return null;
  const match = /^(\d{4})-(\d\d)-(\d\d)([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, time] = match;
  const midnight = new Date(Number(year), Number(month) - 1, Number(day));
  if (midnight.getMonth() !== Number(month) - 1) return undefined;
  if (time === undefined) return midnight.setDate(midnight.getDate() + daysOn);
  const at = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function daysOf(text: string | null): number[] | null | undefined {
  if (text === null) return null;
  const number = (name: string) => (/^[1-7]$/.test(name) ? Number(name) : DAYS.indexOf(name) + 1);
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(/[\s,+]+/)) {
    const [first, last = first, ...more] = part.split('-').map(number);
    if (!first || !last || more.length > 0) return undefined;
    for (let day = first; ; day = (day % 7) + 1) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

function hoursOf(text: string | null): [number, number] | null | undefined {
  if (text === null) return null;
  const match = /^(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [from, to] = [minute(match[1], match[2]), minute(match[3], match[4])];
  return from > 1439 || to > 1440 || from === to ? undefined : [from, to];
}

const minute = (hour: string | undefined, of: string | undefined) =>
  Number(of) < 60 ? Number(hour) * 60 + Number(of) : Number.POSITIVE_INFINITY;
