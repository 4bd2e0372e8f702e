// Tells boxes what people decided: what a box has not answered is asked again, in the order of the decisions, until it has
// answered, however long it is away and however often this program is started.

import type { Address, ReplyMessage } from '../../agent/contract/index.ts';
import type { Commands } from './commands.ts';
import { isFinal } from './life-policy.ts';
import type { Owed, Store } from './store.ts';

/** of one box at a time */
const TOGETHER = 20;
const FIRST_MS = 5000;
const MOST_MS = 300_000;

export interface Teller {
  /** There may be something to tell. */
  pump(): void;
  /** It is there again: what waits for it goes at once. */
  isBack(address: Address): void;
}

interface Pace {
  /** reports that an answer is awaited of */
  asked: Set<string>;
  failures: number;
  /** performance.now() before which it is left alone */
  notBefore: number;
}

/** @param onAnswered id of the report whose box has answered */
export function createTeller(
  store: Pick<Store, 'owing' | 'owed' | 'answered'>,
  commands: Pick<Commands, 'ask'>,
  onAnswered: (report: string) => void,
): Teller {
  const paces = new Map<string, Pace>();

  function paceOf({ site, box }: Address): Pace {
    const key = `${site}/${box}`;
    const pace = paces.get(key) ?? { asked: new Set(), failures: 0, notBefore: 0 };
    paces.set(key, pace);
    return pace;
  }

  function pump(): void {
    for (const address of store.owing()) {
      const pace = paceOf(address);
      if (performance.now() < pace.notBefore) continue;
      for (const owed of store.owed(address, TOGETHER)) {
        // One decision after the other: a verdict must not overtake the acknowledgement.
        if (pace.asked.size >= TOGETHER || pace.asked.has(owed.report)) continue;
        pace.asked.add(owed.report);
        void tell(address, owed, pace);
      }
    }
  }

  async function tell(address: Address, owed: Owed, pace: Pace): Promise<void> {
    const { report, action, by, cause, note } = owed;
    try {
      const request = { hit: report, action, by, ...(cause && { cause }), ...(note && { note }) };
      take(await commands.ask(address, 'hit', request), owed);
      pace.failures = 0;
      pace.asked.delete(report);
      onAnswered(report);
      pump();
    } catch {
      pace.asked.delete(report);
      // what was asked together fails together
      if (performance.now() >= pace.notBefore)
        pace.notBefore = performance.now() + Math.min(MOST_MS, FIRST_MS * 2 ** pace.failures++);
    }
  }

  /** @throws what the box may answer otherwise later: its disk is full */
  function take({ ok, error }: ReplyMessage, owed: Owed): void {
    if (ok) store.answered(owed, null);
    else if (isFinal(error?.code ?? '')) store.answered(owed, error ?? null);
    else throw new Error(error?.message ?? 'no reason');
  }

  return {
    pump,
    isBack(address) {
      Object.assign(paceOf(address), { failures: 0, notBefore: 0 });
      pump();
    },
  };
}
