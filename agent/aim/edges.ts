// How sharp a line of pixels is: the width of the edges that it crosses. Pure.

/** An edge counts when it spans this share of the plate's contrast; a reversal of less than the other one is noise. */
const EDGE_SHARE = 0.5;
const NOISE_SHARE = 0.2;
/** A blurred edge's rise from 10 to 90 % over that from 20 to 80 %: 2.563 over 1.683 standard deviations of a Gaussian. */
const RISE = 2.563 / 1.683;

/**
 * The edges' rises from 10 to 90 %, in steps of the profile: the edge width of ISO 12233, taken from the part between 20 and
 * 80 %, where noise moves it least.
 * @param contrast between the plate's white and black, grey levels
 */
export function edgeWidths(profile: readonly number[], contrast: number): number[] {
  const widths: number[] = [];
  const turns = turnsOf(profile, NOISE_SHARE * contrast);
  for (let i = 1; i < turns.length; i++) {
    const [from, to] = [turns[i - 1]!, turns[i]!];
    const low = profile[from]!;
    const rise = profile[to]! - low;
    if (Math.abs(rise) < EDGE_SHARE * contrast) continue;
    const shareAt = (n: number) => (profile[n]! - low) / rise;
    let middle = from;
    while (middle < to && shareAt(middle) < 0.5) middle++;
    let left = middle;
    while (left > from && shareAt(left) > 0.2) left--;
    let right = middle;
    while (right < to && shareAt(right) < 0.8) right++;
    widths.push(RISE * (crossing(shareAt, right - 1, 0.8) - crossing(shareAt, left, 0.2)));
  }
  return widths;
}

/** Where a profile turns by more than `least`: its hills and valleys, ends included. */
function turnsOf(profile: readonly number[], least: number): number[] {
  const turns: number[] = [];
  let [lowest, highest] = [0, 0];
  let rising: boolean | undefined;
  for (let n = 1; n < profile.length; n++) {
    const value = profile[n]!;
    if (value > profile[highest]!) highest = n;
    if (value < profile[lowest]!) lowest = n;
    if (rising !== false && value < profile[highest]! - least) {
      turns.push(highest);
      rising = false;
      lowest = n;
    } else if (rising !== true && value > profile[lowest]! + least) {
      turns.push(lowest);
      rising = true;
      highest = n;
    }
  }
  if (rising !== undefined) turns.push(rising ? highest : lowest);
  return turns;
}

/** Between step `n` and the next one. */
function crossing(shareAt: (n: number) => number, n: number, share: number): number {
  const [here, next] = [shareAt(n), shareAt(n + 1)];
  return next === here ? n : n + Math.min(1, Math.max(0, (share - here) / (next - here)));
}
