// Records on their way from the thread that reads them to the uplink: what is said of each, and all their texts as UTF-8 in
// one piece of memory, which changes hands without a copy. A text of its own for each would be copied at either end.

import type { PayloadOpener } from './opening.ts';
import { headOf, type RecordRow } from './rows.ts';
import type { QueuedRecord } from './types.ts';

export interface Page {
  /** `end`: where its text ends in `bytes` */
  records: (Omit<QueuedRecord, 'json'> & { end: number })[];
  bytes: Uint8Array;
}

export interface PageWriter {
  /** @throws {AnprError} `seal.*` when it does not open: then nothing of it is in the page */
  add(row: RecordRow): void;
  /** It takes no more after this. */
  page(): Page;
}

export function createPageWriter(payloadOf: PayloadOpener): PageWriter {
  const records: Page['records'] = [];
  const parts: (string | Uint8Array)[] = [];
  let sizeBytes = 0;

  const put = (part: string | Uint8Array) => {
    parts.push(part);
    sizeBytes += typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
  };

  return {
    add(row) {
      const payload = payloadOf(row);
      put(headOf(row, payload.length <= 2));
      // without its opening brace
      put(typeof payload === 'string' ? payload.slice(1) : payload.subarray(1));
      const { position, epochId: epoch, seq, id, type } = row;
      records.push({ position, epoch, seq, id, type, end: sizeBytes });
    },
    page() {
      const bytes = new Uint8Array(sizeBytes);
      const written = Buffer.from(bytes.buffer);
      let at = 0;
      for (const part of parts)
        if (typeof part === 'string') at += written.write(part, at);
        else {
          bytes.set(part, at);
          at += part.byteLength;
        }
      return { records, bytes };
    },
  };
}

export function recordsOf({ records, bytes }: Page): QueuedRecord[] {
  const { buffer, byteOffset } = bytes;
  let from = 0;
  return records.map(({ position, epoch, seq, id, type, end }) => {
    const json = Buffer.from(buffer, byteOffset + from, end - from);
    from = end;
    return { position, epoch, seq, id, type, json };
  });
}
