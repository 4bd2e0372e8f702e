// One generator among several: takes the published lists as a box does, its shares of the boxes, and turns their reads into
// hits of the centre. It keeps nothing that another could not go on without: a read is acknowledged once its hits are with the
// broker, so what was under way when it died is matched by the next one, and gives the same ids.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Address,
  addressOf,
  CONTRACT_VERSION,
  type ReadMessage,
  readMessage,
  topicOf,
} from '../../agent/contract/index.ts';
import { startLists } from '../../agent/lists/index.ts';
import { loadKeys, openRing } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { type BrokerAddress, connectTo } from '../lib/broker-login.ts';
import type { GeneratorConfig } from './config.ts';
import { type GroupTimes, joinGroup, presenceTopic } from './group.ts';
import { linkOver } from './link.ts';
import { openMatcher } from './matcher.ts';
import { openShare, type Share } from './share.ts';
import { shareOf } from './shares-policy.ts';

export type InstanceEvent =
  | { event: 'waiting'; lists: string[] }
  | { event: 'list'; list: string; state: string; reason: string | null }
  | { event: 'shares'; mine: readonly number[]; boxes: number }
  | { event: 'listening'; share: number; boxes: string[] }
  | { event: 'read'; share: number; site: string; box: string; read: string; hits: string[] }
  | { event: 'problem'; reason: string };

export interface InstanceOptions {
  broker: BrokerAddress;
  config: GeneratorConfig;
  /** name of this one in its group */
  instance: string;
  /** into how many shares the boxes are divided: the same for all of a group */
  shares: number;
  /** takes this share and no other, whoever else is there; default: the group divides them */
  only?: number;
  /** where the lists are kept, sealed */
  directory: string;
  /** boxes that are known beforehand; others are known by their status */
  boxes?: readonly Address[];
  times?: Partial<GroupTimes>;
  tell(event: InstanceEvent): void;
  /** it cannot go on */
  onFatal(reason: string): void;
}

export interface Instance {
  close(): Promise<void>;
}

const TIMES: GroupTimes = { beatMs: 2000, goneMs: 7000 };
/** what a box sent before anybody could know of it: at most so many records are asked for again */
const ASKED_BACK = 1000;

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { broker, config, instance, shares, directory, tell } = options;
  const { group } = config;
  const times = { ...TIMES, ...options.times };
  const problem = (reason: string) => tell({ event: 'problem', reason });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { ring } = loadKeys(join(directory, 'generator'));
  const matcher = openMatcher({ config, directory, ring: openRing(ring), instance, onProblem: problem });
  const boxes = new Map<string, Address>();
  for (const address of options.boxes ?? []) boxes.set(nameOf(address), address);
  const boxesOf = (of: readonly number[]) =>
    [...boxes.values()].filter((address) => of.includes(shareOf(address, shares)));
  /** boxes that appeared while we were here: their first reads may have passed by */
  const fresh = new Set<string>();
  const open = new Map<number, Share>();
  const closings = new Set<Promise<void>>();
  const counts = { reads: 0, hits: 0 };
  let mine: readonly number[] = [];
  let waiting = '';
  /** Reads wait at the broker, unacknowledged, until every list has a version here; undefined: it has. */
  let listsReady: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();

  const lists = startLists({
    ...{ directory, ring, address: { site: group, box: instance } },
    lists: config.lists.map(({ id, bestBeforeDays, keepDays }) => ({ id, bestBeforeDays, keepDays })),
    publishers: config.publishers,
    tell: async ({ name, state, reason }) => tell({ event: 'list', list: name ?? '', state, reason }),
    note: async () => {},
    onChange: () => setImmediate(lookForLists),
    log: createLog('silent'),
  });

  const client = connectTo(broker, {
    clientId: `${group}-${instance}`,
    reconnectPeriod: 1000,
    ...(options.only === undefined && {
      will: { topic: presenceTopic(group, instance), payload: Buffer.alloc(0), qos: 1, retain: true },
    }),
  });
  client.on('error', (error) => problem(`broker: ${error.message}`));
  const members =
    options.only === undefined
      ? joinGroup({
          ...{ group, instance, shares, times, client },
          about: () => ({
            ...{ mine: [...mine], boxes: boxesOf(mine).length, ...counts },
            lists: lists.status().map(({ list, version }) => ({ list, version })),
          }),
          onShares: take,
          onConflict: options.onFatal,
        })
      : undefined;

  let hear: ReturnType<typeof linkOver>['hear'] = () => false;
  client.on('connect', () => {
    const ended = new AbortController();
    client.once('close', () => ended.abort());
    const over = linkOver(client, ended.signal);
    hear = over.hear;
    lists.use(over.link);
    client
      .subscribeAsync('anpr/1/+/+/status', { qos: 1 })
      .then(() => members?.joined())
      .catch((error: Error) => client.connected && problem(`broker: ${error.message}`));
  });
  client.on('message', (topic, payload, { retain }) => {
    if (members?.hear(topic, payload) || hear(topic, payload, retain)) return;
    const address = addressOf(topic);
    if (address?.name === 'status') known({ site: address.site, box: address.box }, payload, retain);
  });
  lookForLists();
  if (options.only !== undefined) take([options.only]);

  /** A box is there as long as its status is. */
  function known(address: Address, payload: Buffer, retained: boolean): void {
    const name = nameOf(address);
    const share = open.get(shareOf(address, shares));
    if (payload.byteLength === 0) {
      boxes.delete(name);
      share?.remove(address);
    } else if (!boxes.has(name)) {
      boxes.set(name, address);
      if (!retained) fresh.add(name);
      share?.add(address);
    }
  }

  function take(next: readonly number[]): void {
    mine = next;
    for (const [share, opened] of open)
      if (!mine.includes(share)) {
        open.delete(share);
        const closing = opened.close().finally(() => closings.delete(closing));
        closings.add(closing);
      }
    openShares();
    tell({ event: 'shares', mine, boxes: boxesOf(mine).length });
  }

  function lookForLists(): void {
    if (listsReady === undefined) return;
    const missing = matcher.missing();
    if (missing.length === 0) {
      listsReady.resolve();
      listsReady = undefined;
    } else if (missing.join() !== waiting) {
      waiting = missing.join();
      tell({ event: 'waiting', lists: missing });
    }
  }

  function openShares(): void {
    for (const share of mine)
      if (!open.has(share))
        open.set(
          share,
          openShare({
            ...{ broker, boxes: boxesOf([share]), onProblem: problem },
            clientId: `${group}-${share}-of-${shares}`,
            onRead: (address, payload, ended) => onRead(share, address, payload, ended),
            onSubscribed: (some) => tell({ event: 'listening', share, boxes: some.map(nameOf) }),
          }),
        );
  }

  async function onRead(share: number, address: Address, payload: Buffer, ended: AbortSignal): Promise<void> {
    if (listsReady) await Promise.race([listsReady.promise, once(ended, 'abort')]);
    ended.throwIfAborted();
    const read = readOf(address, payload);
    if (typeof read === 'string') {
      problem(`${nameOf(address)}: ${read}`);
      return; // it will not get better
    }
    const hits = matcher.hitsOf(read);
    await Promise.all(
      hits.map((hit) =>
        client.publishAsync(topicOf(address, 'central/hit'), JSON.stringify(hit), { qos: 1 }),
      ),
    );
    counts.reads += 1;
    counts.hits += hits.length;
    const { site, box } = address;
    tell({ event: 'read', share, site, box, read: read.id, hits: hits.map(({ id }) => id) });
    if (fresh.delete(nameOf(address))) askBack(address, read);
  }

  /** The records of a new box before the first that came here: known ones are dropped by their ids. */
  function askBack(address: Address, { epoch, seq }: ReadMessage): void {
    if (seq === 1) return;
    const command = {
      ...{ schema: CONTRACT_VERSION, type: 'command', command: 'replay', id: randomUUID() },
      ...{ epoch, from: Math.max(1, seq - ASKED_BACK), to: seq - 1 },
    };
    client.publish(topicOf(address, 'cmd/+').replace('+', 'replay'), JSON.stringify(command), { qos: 1 });
  }

  return {
    async close() {
      await members?.leave();
      await Promise.all([...closings, ...[...open.values()].map((share) => share.close())]);
      await lists.close();
      await client.endAsync();
      matcher.close();
    },
  };
}

const nameOf = ({ site, box }: Address) => `${site}/${box}`;

function readOf({ site, box }: Address, payload: Buffer): ReadMessage | string {
  try {
    const read = readMessage.parse(JSON.parse(payload.toString()));
    return read.site === site && read.box === box ? read : `a read of ${read.site}/${read.box} on its topic`;
  } catch (error) {
    return `no read of this contract: ${error instanceof Error ? error.message.slice(0, 200) : error}`;
  }
}
