// How many records came and went in the last minute: for the estimate of when a queue is drained.

const SLICE_MS = 5000;
const SLICES = 12;

export interface Rates {
  appended(count: number): void;
  sent(count: number): void;
  perMinute(): { appended: number; sent: number };
}

/** @param nowMs a clock that only grows */
export function createRates(nowMs: () => number = () => performance.now()): Rates {
  const slices: { index: number; appended: number; sent: number }[] = [];
  const current = () => {
    const index = Math.floor(nowMs() / SLICE_MS);
    while (slices[0] && slices[0].index <= index - SLICES) slices.shift();
    const last = slices.at(-1);
    if (last?.index === index) return last;
    const slice = { index, appended: 0, sent: 0 };
    slices.push(slice);
    return slice;
  };
  return {
    appended(count) {
      current().appended += count;
    },
    sent(count) {
      current().sent += count;
    },
    perMinute() {
      current();
      const sum = { appended: 0, sent: 0 };
      for (const slice of slices) {
        sum.appended += slice.appended;
        sum.sent += slice.sent;
      }
      return sum;
    },
  };
}
