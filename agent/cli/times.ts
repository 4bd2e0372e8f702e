// Times as people write and read them on a box: what `--from 2h` means, how long something has lasted. Pure, with the
// present handed in.

export { durationText, sizeText } from '../shared/quantities.ts';

const UNITS_MS: Record<string, number> = { s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * UTC epoch milliseconds of `2026-11-22`, `2026-11-22T13:07`, `2026-11-22 13:07:56Z`, `13:07` (today), `today`,
 * `yesterday`, or `90s`, `30min`, `2h`, `3d` ago. Without an offset it is the box's local time. Undefined: no time.
 */
export function timeOf(text: string, now: number): number | undefined {
  const trimmed = text.trim().toLowerCase();
  const ago = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d)$/.exec(trimmed);
  if (ago) return Math.round(now - Number(ago[1]) * UNITS_MS[ago[2]!]!);
  if (trimmed === 'now') return now;
  if (trimmed === 'today') return midnight(now, 0);
  if (trimmed === 'yesterday') return midnight(now, -1);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(trimmed);
  if (clock) {
    const day = new Date(now);
    const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
    if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
    return day.setHours(hours, minutes, seconds, 0);
  }
  if (!/^\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?$/.test(trimmed))
    return undefined;
  // A bare date would be midnight in UTC; people mean midnight where the box is.
  const iso = trimmed.length === 10 ? `${trimmed}T00:00` : trimmed.toUpperCase().replace(' ', 'T');
  const at = Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
}

function midnight(now: number, days: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** `2026-11-22 14:07:56` in the box's local time. */
export function localTime(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (number: number) => String(number).padStart(2, '0');
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  );
}

/** The name of the box's time zone, like `Europe/Brussels`. */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
