// One lane's way through the journal: records by position, a few hundred ahead of what is sent. It only goes forward;
// what becomes pending again behind it is for the next connection.

import type { RecordLane } from '../contract/index.ts';
import type { Journal, QueuedRecord, RecordType } from '../journal/index.ts';

export interface CursorOptions {
  lane: RecordLane;
  types: readonly RecordType[];
  /** records after this position, up to and including that one */
  after: number;
  upTo: number;
  pending: Journal['pending'];
  /** left out: it is on its way to the journal as sent */
  isMarked(position: number): boolean;
  /** there is something in it again */
  onFilled(): void;
  onError(error: unknown): void;
}

export interface Cursor {
  readonly lane: RecordLane;
  readonly next: QueuedRecord | undefined;
  /** nothing is waiting, here or in the journal */
  readonly isEmpty: boolean;
  shift(): void;
  /** The journal may have more. */
  look(): void;
  /** Gives nothing of this type any more. */
  deny(type: RecordType): void;
}

/** So many are asked for at a time, one trip to the journal's thread each; the next ones while these are being sent. */
const FETCH_RECORDS = 500;

export function createCursor(options: CursorOptions): Cursor {
  const { lane, pending, upTo } = options;
  let { types, after } = options;
  let buffer: QueuedRecord[] = [];
  let first = 0;
  let fetching = false;
  let more = true;

  function refill(): void {
    if (!more || fetching || types.length === 0 || buffer.length - first > FETCH_RECORDS) return;
    fetching = true;
    more = false;
    pending({ after, upTo, limit: FETCH_RECORDS, types }).then((records) => {
      fetching = false;
      after = records.at(-1)?.position ?? after;
      if (records.length === FETCH_RECORDS) more = true;
      const wanted = records.filter(
        ({ position, type }) => types.includes(type) && !options.isMarked(position),
      );
      buffer = [...buffer.slice(first), ...wanted];
      first = 0;
      if (more) refill();
      options.onFilled();
    }, options.onError);
  }

  return {
    lane,
    get next() {
      return buffer[first];
    },
    get isEmpty() {
      return first === buffer.length && !fetching && !more;
    },
    shift() {
      first++;
      refill();
    },
    look() {
      more = types.length > 0;
      refill();
    },
    deny(type) {
      types = types.filter((other) => other !== type);
      buffer = buffer.slice(first).filter((record) => record.type !== type);
      first = 0;
      more &&= types.length > 0;
    },
  };
}
