// A box without cameras: a real journal, real lists on the disk, and hits over both.

import { randomUUIDv7 } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import type { HitPayload } from '../../agent/contract/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import {
  createThresholds,
  type Hits,
  loadThresholds,
  openHits,
  type PrioritySettings,
  parsedHit,
  type Seen,
} from '../../agent/hits/index.ts';
import { type Journal, openJournal } from '../../agent/journal/index.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { importList, openLists, type SeenPlate, typedPlate } from '../../agent/watchlist/index.ts';
import { ADDRESS, silent } from '../journal/records.ts';

export const AT = '2026-11-22T12:00:00.000Z';

export function seen(plate: SeenPlate, readId: string = randomUUIDv7(), camera = 'pole'): Seen {
  const point: [number, number] = [0, 0];
  return {
    readId,
    camera,
    read: {
      capturedAt: AT,
      clock: { synchronised: true, offsetMs: 0 },
      position: null,
      headingDegrees: null,
      plate: {
        ...{ text: plate.text, country: plate.country, countryConfidence: plate.countryConfidence },
        ...{ confidence: plate.confidence, lines: 1, characters: [], alternatives: [] },
      },
      passage: { firstSeen: AT, lastSeen: AT, framesUsed: 5, direction: 'approaching', lane: null },
      picture: { widthPx: 120, heightPx: 30, corners: [point, point, point, point] },
      evidence: [],
      software: {
        agent: '0',
        detector: { name: 'd', sha256: '' },
        reader: { name: 'r', sha256: '' },
      },
    },
  };
}

export const plate = (text: string, confidence = 0.999) => typedPlate(text, confidence, 'B');

export interface Box {
  journal: Journal;
  hits: Hits;
  /** Hits anew over the same journal and lists, as after a restart. */
  again(): Promise<Hits>;
  take(list: string, csv: string): void;
  /** Passes: its read's hits are kept, and told. */
  passes(
    text: string,
    more?: { confidence?: number; camera?: string; readId?: string },
  ): Promise<HitPayload[]>;
  /** everything that the journal has of hits, oldest first */
  records(): Promise<HitPayload[]>;
}

export async function box(
  t: Test,
  lists: object[],
  priorities: PrioritySettings[] = [],
  tickMs?: number,
): Promise<Box> {
  const folder = t.testdir();
  const directory = join(folder, 'lists');
  const config = schema.parse({
    ...{ version: 1, site: 's', box: 'b' },
    watchlists: { directory, lists },
  });
  const settings = config.watchlists.lists;
  const ring = openRing(newRing());
  const open = openLists(directory, settings, ring, loadGrammars());
  const journal = await openJournal({ path: join(folder, 'journal.db'), log: silent, address: ADDRESS });
  const opened: Hits[] = [];
  const again = async () => {
    const hits = await openHits({
      ...{ lists: open, settings, priorities, journal, address: ADDRESS, log: silent },
      thresholds: createThresholds(loadThresholds(), priorities),
      ...(tickMs !== undefined && { tickMs }),
    });
    opened.push(hits);
    return hits;
  };
  t.teardown(async () => {
    for (const hits of opened) await hits.close();
    open.close();
    await journal.close();
  });
  const hits = await again();
  return {
    journal,
    hits,
    again,
    take(id, csv) {
      const file = join(folder, 'source.csv');
      writeFileSync(file, csv);
      const list = settings.find((each) => each.id === id)!;
      importList({ directory, list, ring, file, format: 'csv' });
    },
    async passes(text, { confidence, camera, readId } = {}) {
      const read = plate(text, confidence);
      const { records, kept } = await hits.ofRead(read, seen(read, readId, camera));
      await journal.appendAll(records);
      kept();
      return records.map((record) => parsedHit(record)!);
    },
    async records() {
      const all = await journal.hits({ limit: 1000 });
      return all.sort((a, b) => a.position - b.position).map((record) => parsedHit(record)!);
    },
  };
}
