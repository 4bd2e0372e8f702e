// Which record makes a broker hang up: pure. MQTT 3.1.1 has no words for "I don't take this", and some brokers just
// close (too large for RabbitMQ or NATS, say); a record that does that would stop everything for good. A link that is
// merely bad closes too, and no record may be given up for that. So: after two closings in a row with records
// unanswered they go one at a time; the one that was alone is set aside for a connection; once the broker has
// taken another of its kind it gets its next trial. Three trials of which it didn't survive one make it a dead letter.
// A broker that hangs up on everything never takes another, so nothing is given up.

import type { QueuedRecord } from '../journal/index.ts';

export interface Hunt {
  /** closings in a row that left records without an answer */
  closings: number;
  /** records up to this position go one at a time */
  aloneUpTo: number;
  suspect: Suspect | undefined;
}

export interface Suspect {
  position: number;
  type: QueuedRecord['type'];
  trials: number;
  /** not sent on this connection */
  aside: boolean;
}

export const NO_HUNT: Hunt = { closings: 0, aloneUpTo: 0, suspect: undefined };

const CLOSINGS_BEFORE_ALONE = 2;
const TRIALS = 3;

/** The connection ended without a word while `unanswered` were in flight. `bury`: the trials are over. */
export function afterClosing(
  hunt: Hunt,
  unanswered: readonly QueuedRecord[],
): { hunt: Hunt; bury: QueuedRecord | undefined } {
  const closings = hunt.closings + 1;
  const [first, ...others] = unanswered;
  if (!first) return { hunt, bury: undefined };
  if (others.length > 0) {
    const last = Math.max(...unanswered.map(({ position }) => position));
    const aloneUpTo = closings >= CLOSINGS_BEFORE_ALONE ? Math.max(hunt.aloneUpTo, last) : hunt.aloneUpTo;
    return { hunt: { ...hunt, closings, aloneUpTo }, bury: undefined };
  }
  if (closings < CLOSINGS_BEFORE_ALONE) return { hunt: { ...hunt, closings }, bury: undefined };
  const aloneUpTo = Math.max(hunt.aloneUpTo, first.position);
  // Another one as well, before any was taken: it isn't the record.
  if (hunt.suspect && hunt.suspect.position !== first.position)
    return { hunt: { closings, aloneUpTo, suspect: undefined }, bury: undefined };
  const trials = (hunt.suspect?.trials ?? 0) + 1;
  if (trials >= TRIALS) return { hunt: { ...NO_HUNT, aloneUpTo }, bury: first };
  const { position, type } = first;
  return { hunt: { closings, aloneUpTo, suspect: { position, type, trials, aside: true } }, bury: undefined };
}

/** The broker has taken a record: the suspect itself is cleared, another of its kind brings its next trial. */
export function afterAccepted(hunt: Hunt, record: QueuedRecord): Hunt {
  const { suspect } = hunt;
  if (!suspect) return record.position > hunt.aloneUpTo ? NO_HUNT : { ...hunt, closings: 0 };
  if (suspect.position === record.position) return { ...hunt, closings: 0, suspect: undefined };
  if (!suspect.aside || suspect.type !== record.type) return hunt;
  return { ...hunt, suspect: { ...suspect, aside: false } };
}
