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

export function createOpener(ring: OpenRing | undefined): Opener {
  return (row) => {
    if (row.sealed === null) return { payload: row.payload, text: row.text };
    if (!ring)
      throw new AnprError(
        'seal.no-keys',
        'wanted the keys that sealed the records of this journal, found none',
        'Run this with sudo, or where the keys are.',
      );
    const { epochId: epoch, seq, id } = row;
    const payload = unlock(ring, { kind: 'record', epoch, seq, id }, row.sealed).toString();
    return { payload, text: textOf(ring, row) };
  };
}

/** The block only helps to find a row; where the payload has a text, `recordOf` takes that. */
function textOf(ring: OpenRing, { textSealed, sealed }: RecordRow): string | null {
  const keyId = sealed && lockedBy(sealed);
  const key = keyId ? ring.get(keyId) : undefined;
  return key && textSealed ? (unlockTexts(key, textSealed)[0] ?? null) : null;
}
