// Whether the box's time zone fits the place it stands at. Pure.

export type ZoneFinding = 'good' | 'unknown-zone' | 'elsewhere';

/**
 * Zones follow borders, and summer time adds an hour: western Spain in summer is 2.6 h from its sun, western China 3.
 */
const MAX_HOURS_FROM_SUN = 3.5;

/** Hours between what the zone's clocks show and the sun's time at this longitude (degrees), the shorter way round. */
export function hoursFromSun(offsetMinutes: number, longitude: number): number {
  const hours = Math.abs(offsetMinutes / 60 - longitude / 15) % 24;
  return Math.min(hours, 24 - hours);
}

/** @param named the zone that the system's files name; undefined when they name none that is known */
export function zoneFinding(
  named: string | undefined,
  offsetMinutes: number,
  longitude: number | undefined,
): ZoneFinding {
  if (named === undefined) return 'unknown-zone';
  const inUtc = /^(Etc\/)?(UTC|GMT|Zulu|UCT|Universal)$/.test(named);
  if (longitude !== undefined && !inUtc && hoursFromSun(offsetMinutes, longitude) > MAX_HOURS_FROM_SUN)
    return 'elsewhere';
  return 'good';
}
