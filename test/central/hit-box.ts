// A box without cameras that raises hits: its real lists, hits, journal, pictures and uplink.

import { randomUUIDv7 } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Test } from 'tap';
import type { HitPayload } from '../../agent/contract/index.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { startUplink } from '../../agent/uplink/index.ts';
import { type Box, box, plate, seen } from '../hits/box.ts';
import { ADDRESS, silent } from '../journal/records.ts';

export const STOLEN = {
  id: 'stolen',
  priority: 2,
  reason: 'stolen',
  instruction: 'Stop',
  expectedPer10000: 10,
  silenceSeconds: 0,
};

export interface HitBox extends Box {
  /** Its link comes, or comes back. */
  link(): void;
  unlink(): Promise<void>;
  /** An early hit, with a picture of its own. */
  early(text: string, readId?: string): Promise<string>;
  /** A read with a picture, and no hit. */
  read(text: string): Promise<string>;
  /** Asks what the journal has of hits, after each record, until it is as wanted. */
  until(wanted: (records: HitPayload[]) => boolean): Promise<HitPayload[]>;
}

/** @param url of the broker */
export async function hitBox(
  t: Test,
  url: string,
  plates: readonly string[],
  tickMs?: number,
): Promise<HitBox> {
  const base = await box(
    t,
    [STOLEN],
    [{ priority: 2, falsePer10000: 1, acknowledgeSeconds: tickMs ? 0.1 : 300 }],
    tickMs,
  );
  base.take('stolen', `plate,reference\n${plates.map((text, n) => `${text},case-${n}`).join('\n')}\n`);
  const { journal, hits } = base;
  const evidence = createEvidenceStore({ directory: join(t.testdirName, 'evidence') });
  const jpeg = await sharp({ create: { width: 96, height: 24, channels: 3, background: '#ddd' } })
    .jpeg()
    .toBuffer();
  const told = new EventEmitter();
  const unfollow = journal.follow(() => told.emit('record'));
  let uplink: ReturnType<typeof startUplink> | undefined;

  async function unlink(): Promise<void> {
    await uplink?.close();
    uplink = undefined;
  }
  t.teardown(async () => {
    unfollow();
    await unlink();
  });

  async function picture(about: string) {
    const at = Date.now();
    const { sizeBytes, sha256 } = await evidence.put(about, 'plate', at, jpeg);
    return [{ kind: 'plate' as const, at, sizeBytes, sha256 }];
  }

  return {
    ...base,
    link() {
      uplink = startUplink({
        ...{ journal, evidence, address: ADDRESS, log: silent },
        config: {
          ...{ url, protocol: '5', keepAliveSeconds: 30, window: 20, fallbacks: [], reconnectSeconds: 1 },
          pictures: { send: 'none', dailyMiB: 1000 },
        },
        status: () => ({ epoch: journal.epoch }),
        decideHit: (command) => hits.decide(command, { via: 'gateway', name: command.by }),
        times: { firstMs: 50, maxMs: 200, slowMs: 500 },
      });
    },
    unlink,
    async early(text, readId = randomUUIDv7()) {
      let id = '';
      await hits.early(plate(text), seen(plate(text), readId), (recordId) => {
        id = recordId;
        return picture(recordId);
      });
      return id;
    },
    async read(text) {
      const id = randomUUIDv7();
      const pictures = await picture(id);
      await journal.append({
        id,
        type: 'read',
        at: Date.now(),
        camera: 'pole',
        text,
        confidence: 1,
        payload: {},
        pictures,
      });
      return id;
    },
    async until(wanted) {
      for (;;) {
        const next = new Promise((resolve) => told.once('record', resolve));
        const records = await base.records();
        if (wanted(records)) return records;
        await next;
      }
    },
  };
}
