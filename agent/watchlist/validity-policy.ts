// Whether an entry counts at a moment and a place: dates in UTC, days and hours as they are on the clock beside the road. Pure.

import type { Validity } from './types.ts';

/** @param zones those that the box lies in */
export function isValidIn({ zones: wanted }: Validity, zones: readonly string[]): boolean {
  // Lists of before there were zones have none in their entries.
  return (wanted ?? null) === null || zones.some((zone) => wanted?.includes(zone));
}

/** @param timeZone IANA name; default: the machine's */
export function isValidAt(validity: Omit<Validity, 'zones'>, at: number, timeZone?: string): boolean {
  if (validity.from !== null && at < validity.from) return false;
  if (validity.to !== null && at >= validity.to) return false;
  if (validity.days === null && validity.minutes === null) return true;
  const { day, minute } = clockOf(at, timeZone);
  if (validity.minutes === null) return validity.days === null || validity.days.includes(day);
  const [from, to] = validity.minutes;
  const overnight = from > to;
  // The hours after midnight belong to the night that began the day before.
  const belongsTo = overnight && minute < to ? ((day + 5) % 7) + 1 : day;
  if (validity.days !== null && !validity.days.includes(belongsTo)) return false;
  return overnight ? minute >= from || minute < to : minute >= from && minute < to;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function clockOf(at: number, timeZone: string | undefined): { day: number; minute: number } {
  let format = formats.get(timeZone ?? '');
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...(timeZone !== undefined && { timeZone }),
    });
    formats.set(timeZone ?? '', format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: DAYS.indexOf(parts.weekday ?? '') + 1,
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
}
