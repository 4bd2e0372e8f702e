// What is wrong with a list as it was published: told when it is news, and kept until it is something else or has passed.

import { AnprError, codeOf, messageOf } from '../shared/errors.ts';

export interface Refusal {
  version: number | null;
  code: string;
  message: string;
  remedy: string | null;
  /** UTC epoch milliseconds */
  at: number;
}

export interface Refusals {
  /** null: nothing is wrong */
  readonly now: Refusal | null;
  note(error: unknown, version: number | null): void;
  /** @param code only what begins so; default: whatever it was */
  pass(code?: string): void;
}

/** @param clock UTC epoch milliseconds */
export function createRefusals(clock: () => number, onNews: (refusal: Refusal) => void): Refusals {
  let now: Refusal | null = null;
  return {
    get now() {
      return now;
    },
    note(error, version) {
      const code = codeOf(error);
      const message = messageOf(error);
      // Figures in the message may change from minute to minute: that is no news.
      const isNews =
        now?.code !== code || now.version !== version || (version === null && now.message !== message);
      if (!isNews) return;
      const remedy = error instanceof AnprError ? (error.remedy ?? null) : null;
      now = { version, code, message, remedy, at: clock() };
      onNews(now);
    },
    pass(code = '') {
      if (now?.code.startsWith(code)) now = null;
    },
  };
}
