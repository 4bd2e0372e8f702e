// Which entries have raised a hit lately: another passage of the same vehicle is no news for a while. Remembered by what
// names list and entry, so that a new version of a list, a restart or another camera of the box changes nothing.

/** more entries than a box can have met within a day's silence */
const MOST = 100_000;

export function createSilence() {
  const until = new Map<string, number>();

  function forgetOld(now: number): void {
    if (until.size < MOST) return;
    for (const [key, end] of until) if (end <= now) until.delete(key);
    for (const key of until.keys())
      if (until.size >= MOST) until.delete(key);
      else break;
  }

  return {
    /** @param at UTC epoch milliseconds */
    covers: (key: string, at: number): boolean => (until.get(key) ?? 0) > at,
    begin(key: string, at: number, forMs: number): void {
      if (forMs <= 0) return;
      forgetOld(at);
      until.delete(key);
      until.set(key, at + forMs);
    },
    end: (key: string) => void until.delete(key),
  };
}
