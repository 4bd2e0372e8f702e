// The parts of a version become the version in force. Run in a thread of its own: it takes as long as it takes, and reads go
// on meanwhile.

import { createHash } from 'node:crypto';
import { setPriority } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { type KeyRing, type OpenRing, openRing } from '../seal/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import {
  type ImportReport,
  importList,
  OWN_COLUMNS,
  type Published,
  type Source,
} from '../watchlist/index.ts';
import { type PartsPlace, removePart, takePart } from './incoming.ts';

export interface TakeOptions {
  place: PartsPlace;
  ring: KeyRing;
  published: Published;
  /** not 0: it ends at the next part, and nothing has changed */
  stop: Int32Array;
}

/** With the scheduler, below cameras and uplink: on Linux this is the thread's own. */
const NICENESS = 10;

/**
 * @throws {AnprError} what `importList` throws, and `watchlist.part-broken`: that part is gone and has to come again;
 *   `watchlist.part-unpacks`: the publisher's part is not what its manifest says
 */
export function takeOver({ place, ring, published, stop }: TakeOptions): ImportReport {
  try {
    setPriority(NICENESS);
  } catch {
    // not allowed here: it then takes its share
  }
  const open = openRing(ring);
  const { content, list, version, directory } = place;
  return importList({
    ...{ directory, version, published, ring: open, format: 'jsonl' },
    list: { id: list, ...OWN_COLUMNS },
    file: sourceOf(place, open, stop),
    delta: content.base !== null,
    mayBeEmpty: content.rows === 0 || content.base !== null,
  });
}

function sourceOf(place: PartsPlace, ring: OpenRing, stop: Int32Array): Source {
  return {
    name: `${place.list} version ${place.version}`,
    *chunks() {
      for (const [index, told] of place.content.parts.entries()) {
        const part = index + 1;
        if (Atomics.load(stop, 0) !== 0)
          throw new AnprError('watchlist.ended', 'the agent stops; the version before stays in force');
        const bytes = takePart(place, part, ring);
        if (createHash('sha256').update(bytes).digest('hex') !== told.sha256) {
          removePart(place, part);
          throw new AnprError('watchlist.part-broken', `part ${part} is not what the manifest says`);
        }
        yield unpacked(bytes, told.plainBytes, part);
      }
    },
  };
}

/** No more comes out than the manifest says: a part that would unpack to gigabytes ends there. */
function unpacked(bytes: Uint8Array, plainBytes: number, part: number): Buffer {
  let found: string;
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: plainBytes });
    if (plain.byteLength === plainBytes) return plain;
    found = `${plain.byteLength}`;
  } catch (error) {
    found = codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'more' : 'something that is no gzip';
  }
  throw new AnprError(
    'watchlist.part-unpacks',
    `part ${part} is to unpack to ${plainBytes} bytes, found ${found}; the version before stays in force`,
    'Have the list published again.',
  );
}
