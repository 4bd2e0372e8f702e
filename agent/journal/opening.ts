// The reader's side of the seal: a row's payload and text out of what lies on the disk. A row that was never sealed
// gives what it has.

import { lockedBy, type OpenRing, unlock, unlockTexts } from '../seal/index.ts';
import { AnprError } from '../shared/errors.ts';
import type { RecordRow } from './rows.ts';

export interface OpenedRow {
  /** JSON text of the payload */
  payload: string;
  text: string | null;
}

/** @throws {AnprError} `seal.key-lost`, `seal.broken`, `seal.no-keys` */
export type Opener = (row: RecordRow) => OpenedRow;

/** The payload alone, as text or as UTF-8, as it comes. @throws as `Opener` */
export type PayloadOpener = (row: RecordRow) => string | Buffer;

export function createOpener(ring: OpenRing | undefined): Opener {
  const payloadOf = createPayloadOpener(ring);
  return (row) => {
    if (row.sealed === null) return { payload: row.payload, text: row.text };
    return { payload: payloadOf(row).toString(), text: textOf(ring, row) };
  };
}

export function createPayloadOpener(ring: OpenRing | undefined): PayloadOpener {
  return (row) => {
    if (row.sealed === null) return row.payload;
    if (!ring)
      throw new AnprError(
        'seal.no-keys',
        'wanted the keys that sealed the records of this journal, found none',
        'Run this with sudo, or where the keys are.',
      );
    const { epochId: epoch, seq, id } = row;
    return unlock(ring, { kind: 'record', epoch, seq, id }, row.sealed);
  };
}

/** The block only helps to find a row; where the payload has a text, `recordOf` takes that. */
function textOf(ring: OpenRing | undefined, { textSealed, sealed }: RecordRow): string | null {
  const keyId = sealed && lockedBy(sealed);
  const key = keyId ? ring?.get(keyId) : undefined;
  return key && textSealed ? (unlockTexts(key, textSealed)[0] ?? null) : null;
}
