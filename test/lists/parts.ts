// What the tests of published lists are put together from: a box with a journal, the real uplink and its lists; a publisher
// with a key; ways to wait for what they do.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { Test } from 'tap';
import type { ChangeMessage, WatchlistStatus } from '../../agent/contract/index.ts';
import { openJournal } from '../../agent/journal/index.ts';
import { type Lists, type ListsOptions, startLists } from '../../agent/lists/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { startUplink, type Uplink } from '../../agent/uplink/index.ts';
import {
  makeVersion,
  publisherKey,
  sendVersion,
  type VersionOptions,
} from '../../scripts/publisher/publish.ts';
import { silent } from '../journal/records.ts';
import { ADDRESS, uplinkConfig } from '../uplink/parts.ts';

/** Fast, but for what is to be waited for: tests wait for events. */
const TIMES = { partMs: 400, mostMs: 2000, againMs: 300, lookMs: 100 };
export const police = publisherKey(Buffer.alloc(32, 1));
export const stranger = publisherKey(Buffer.alloc(32, 2));
export const ring = newRing();

export interface TestBox {
  directory: string;
  changes: ChangeMessage['change'][];
  notes: { filter: Record<string, unknown>; rows: number | null }[];
  lists: Lists;
  status(list?: string): WatchlistStatus;
  /** Resolves once the status of the list is as wanted. */
  until(wanted: (status: WatchlistStatus) => boolean, list?: string): Promise<WatchlistStatus>;
  close(): Promise<void>;
}

export interface BoxOptions
  extends Partial<Pick<ListsOptions, 'lists' | 'directory' | 'ring' | 'times' | 'now'>> {
  url: string;
  /** default: north */
  box?: string;
}

/** A box: `stolen` may be published by police, `permits` by nobody. */
export async function startBox(t: Test, { url, box = 'north', ...more }: BoxOptions): Promise<TestBox> {
  const address = { ...ADDRESS, box };
  const directory = more.directory ?? join(folder(t), 'lists');
  const journal = await openJournal({ path: join(folder(t), 'journal.db'), log: silent, address });
  const changes: TestBox['changes'] = [];
  const notes: TestBox['notes'] = [];
  const waiting = new Set<() => void>();
  const ask = () => {
    for (const check of [...waiting]) check();
  };
  let uplink: Uplink | undefined;
  const lists = startLists({
    directory,
    lists: [{ id: 'stolen' }, { id: 'permits', publishers: [] }],
    publishers: [{ name: 'police', publicKey: police.publicKey }],
    address,
    ring,
    tell: async (change) => void changes.push(change),
    note: async ({ filter, rows }) => void notes.push({ filter, rows }),
    onChange: () => {
      uplink?.publishStatus();
      setImmediate(ask);
    },
    log: silent,
    ...more,
    times: { ...TIMES, ...more.times },
  });
  uplink = startUplink({
    journal,
    config: uplinkConfig({ url }),
    address,
    status: () => ({ watchlists: lists.status() }),
    onLink: lists.use,
    log: silent,
    times: { firstMs: 50, maxMs: 200 },
  });
  const status = (list = 'stolen') => {
    const found = lists.status().find((each) => each.list === list);
    if (!found) throw new Error(`no list ${list}`);
    return found;
  };
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await lists.close();
    await uplink?.close();
    await journal.close();
  };
  t.teardown(close);
  return {
    ...{ directory, changes, notes, lists, status, close },
    until: (wanted, list) =>
      new Promise((resolve) => {
        const check = () => {
          const now = status(list);
          if (!wanted(now)) return;
          waiting.delete(check);
          clearInterval(looking);
          resolve(now);
        };
        waiting.add(check);
        const looking = setInterval(check, 50);
        check();
      }),
  };
}

/** A folder that goes with the test. */
export function folder(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'anpr-lists-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface TestPublisher {
  client: MqttClient;
  state: string;
  /** Makes a version out of these rows and sends it. */
  publish(rows: readonly object[], more?: Partial<VersionOptions> & { retain?: boolean }): Promise<void>;
}

export async function startPublisher(t: Test, url: string): Promise<TestPublisher> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 100 });
  t.teardown(() => client.endAsync(true));
  const state = join(folder(t), 'state');
  return {
    client,
    state,
    async publish(rows, { retain = true, ...more } = {}) {
      const lines = rows.map((row) => JSON.stringify(row));
      makeVersion({ state, list: 'stolen', key: police, lines, ...more });
      await sendVersion(client, state, more.list ?? 'stolen', { retain });
    },
  };
}

/** Plates that differ, in the order of their numbers. */
export const plates = (from: number, to: number, more: object = {}) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    plate: `1ABC${from + n}`,
    reference: `R${(from + n) * 7919}`,
    ...more,
  }));
