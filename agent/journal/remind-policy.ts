// When the newest record that was sent and never confirmed goes again: pure. A consumer sees by it what is missing before it;
// one that is away sees nothing, and each time costs a new connection, so the pauses double while no receipt comes.

/** What was last done about an epoch. */
export interface Reminded {
  /** the newest receipt then, UTC epoch milliseconds: another one shows that somebody is there */
  receiptAt: number;
  /** how often in a row without a new receipt */
  times: number;
  /** the journal's own age then, in milliseconds */
  ageMs: number;
}

/** 5 minutes become 5 h 20 min: a consumer that comes back is reminded by its own receipt anyway. */
const MAX_DOUBLINGS = 6;

/** @param firstMs the first pause, and how long ago it must have been sent */
export function isReminderDue(
  last: Reminded | undefined,
  receiptAt: number,
  ageMs: number,
  firstMs: number,
): boolean {
  if (last?.receiptAt !== receiptAt) return true;
  return ageMs - last.ageMs >= firstMs * 2 ** Math.min(last.times, MAX_DOUBLINGS);
}

export function reminded(last: Reminded | undefined, receiptAt: number, ageMs: number): Reminded {
  return { receiptAt, times: last?.receiptAt === receiptAt ? last.times + 1 : 1, ageMs };
}
