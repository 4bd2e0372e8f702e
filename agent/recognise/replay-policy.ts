// What was read now against what was once read, or is known to have passed. Pure.

/** One plate of a recording or of a picture. */
export interface Replayed {
  text: string;
  /** 0..1; absent in a truth file */
  confidence?: number | undefined;
  /** milliseconds from the recording's first frame; both absent for a picture */
  firstMs?: number | undefined;
  lastMs?: number | undefined;
  /** name of the picture; absent for a recording */
  file?: string | undefined;
}

export type Difference =
  /** passed then, and gives nothing now */
  | { kind: 'missing'; before: Replayed }
  | { kind: 'other-text'; before: Replayed; now: Replayed }
  /** was not there then */
  | { kind: 'new'; now: Replayed };

/** Looks begin and end a little elsewhere from run to run. */
const SLACK_MS = 1500;

/**
 * Pairs plates of the same picture, or of the same time: same texts first, so that two cars side by side are not mixed up. The
 * confidences are not compared: they move with every model.
 */
export function differencesOf(then: readonly Replayed[], now: readonly Replayed[]): Difference[] {
  const left = [...now];
  const take = (wanted: Replayed, isSame: boolean) => {
    const at = left.findIndex((one) => (!isSame || one.text === wanted.text) && together(one, wanted));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const differing = then.filter((one) => take(one, true) === undefined);
  const differences = differing.map((one): Difference => {
    const other = take(one, false);
    return other ? { kind: 'other-text', before: one, now: other } : { kind: 'missing', before: one };
  });
  return [...differences, ...left.map((one): Difference => ({ kind: 'new', now: one }))];
}

function together(one: Replayed, other: Replayed): boolean {
  if (one.file !== other.file) return false;
  const { firstMs = 0, lastMs = firstMs } = one;
  const { firstMs: otherFirst = 0, lastMs: otherLast = otherFirst } = other;
  return firstMs <= otherLast + SLACK_MS && otherFirst <= lastMs + SLACK_MS;
}
