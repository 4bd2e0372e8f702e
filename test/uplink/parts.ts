// What the tests of the uplink are put together from: a journal in a folder of its own, an uplink at a fast pace, a
// subscriber, and ways to wait for what they do.

import { join } from 'node:path';
import mqtt from 'mqtt';
import type { Test } from 'tap';
import type { UplinkConfig } from '../../agent/config/index.ts';
import { type Journal, openJournal } from '../../agent/journal/index.ts';
import { startUplink, type Uplink, type UplinkOptions, type UplinkState } from '../../agent/uplink/index.ts';
import { type MosquittoOptions, startMosquitto } from '../fixtures/mosquitto.ts';
import { newRead, silent } from '../journal/records.ts';

export const ADDRESS = { site: 'e19', box: 'north' };

export interface TestJournal extends Journal {
  /** Resolves once so many records are marked as sent, since the opening. */
  delivered(count: number): Promise<void>;
  /** Resolves after the next change that the uplink makes. */
  changed(): Promise<void>;
}

export async function openTestJournal(t: Test): Promise<TestJournal> {
  const journal = await openJournal({
    path: join(t.testdir(), 'journal.db'),
    log: silent,
    address: ADDRESS,
  });
  t.teardown(() => journal.close());
  const { markSent, confirm } = journal;
  const tell = () => {
    for (const check of [...waiting]) check();
  };
  const marked = new Set<number>();
  const waiting = new Set<() => void>();
  return Object.assign(journal, {
    async markSent(positions: readonly number[], acknowledgedAt?: readonly number[]) {
      await markSent(positions, acknowledgedAt);
      for (const position of positions) marked.add(position);
      tell();
    },
    async confirm(receipt: Parameters<typeof confirm>[0]) {
      const result = await confirm(receipt);
      tell();
      return result;
    },
    changed: () =>
      new Promise<void>((resolve) => {
        const once = () => {
          waiting.delete(once);
          resolve();
        };
        waiting.add(once);
      }),
    delivered: (count: number) => when(waiting, () => marked.size >= count),
  });
}

/** Resolves once `done` is true; `waiting` holds what has to be called when that may have changed. */
export function when(waiting: Set<() => void>, done: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!done()) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
  });
}

/** Appends reads `from` … `to`. */
export async function appendReads(journal: Journal, from: number, to: number): Promise<void> {
  await Promise.all(Array.from({ length: to - from + 1 }, (_, i) => journal.append(newRead(from + i))));
}

/** What the schema would make of it. */
export const uplinkConfig = (config: Partial<UplinkConfig> & { url: string }): UplinkConfig => ({
  protocol: 'auto',
  keepAliveSeconds: 20,
  window: 20,
  fallbacks: [],
  reconnectSeconds: 10,
  pictures: { send: 'none', dailyMiB: 200 },
  ...config,
});

export function startTestUplink(
  t: Test,
  journal: Journal,
  config: Partial<UplinkConfig> & { url: string },
  over: Partial<UplinkOptions> = {},
): Uplink {
  const uplink = startUplink({
    journal,
    config: uplinkConfig(config),
    address: ADDRESS,
    status: () => ({ agent: '0.1.0', epoch: journal.epoch, cameras: [] }),
    log: silent,
    ...over,
    times: {
      firstMs: 20,
      maxMs: 100,
      slowMs: 100,
      connectMs: 5000,
      returnMs: 50,
      againMs: 10,
      graceMs: 0,
      holesFirstMs: 50,
      ...over.times,
    },
  });
  t.teardown(() => uplink.close());
  return uplink;
}

/** Resolves with the first state that fits, now or later. */
export function reached(uplink: Uplink, fits: (state: UplinkState) => boolean): Promise<UplinkState> {
  return new Promise((resolve) => {
    const now = uplink.state();
    if (fits(now)) return resolve(now);
    const end = uplink.watch((state) => {
      if (!fits(state)) return;
      end();
      resolve(state);
    });
  });
}

export interface Received {
  topic: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the message says
  message: any;
  retain: boolean;
  contentType: string | undefined;
}

export interface ReceivedPicture {
  topic: string;
  payload: Buffer;
  userProperties: Record<string, unknown> | undefined;
}

export interface Subscriber {
  /** everything received so far but pictures, oldest first */
  readonly received: Received[];
  readonly pictures: ReceivedPicture[];
  /** reads received so far, oldest first */
  reads(): Received[];
  /** Resolves once `done` is true of what was received. */
  until(done: (received: Received[]) => boolean): Promise<void>;
  /** Publishes to a topic of the box. */
  tell(name: string, message: object, options?: mqtt.IClientPublishOptions): Promise<void>;
  /** Sends a command; resolves with the reply. */
  ask(command: string, request: { id: string } & Record<string, unknown>): Promise<unknown>;
  close(): Promise<void>;
}

/** The centre: subscribed to everything of the contract when it resolves. */
export async function subscribe(t: Test, url: string, protocolVersion: 4 | 5 = 5): Promise<Subscriber> {
  const client = await mqtt.connectAsync(url, { protocolVersion, reconnectPeriod: 0 });
  const received: Received[] = [];
  const pictures: ReceivedPicture[] = [];
  const waiting = new Set<() => void>();
  client.on('message', (topic, payload, { retain, properties }) => {
    if (topic.includes('/evidence/'))
      pictures.push({ topic, payload, userProperties: properties?.userProperties });
    else if (!topic.includes('/cmd/'))
      received.push({
        topic,
        message: JSON.parse(payload.toString()),
        retain,
        contentType: properties?.contentType,
      });
    for (const check of waiting) check();
  });
  await client.subscribeAsync('anpr/#', { qos: 1 });
  const close = async () => {
    await client.endAsync(true);
  };
  t.teardown(close);
  const topicOfBox = (name: string) => `anpr/1/${ADDRESS.site}/${ADDRESS.box}/${name}`;
  const tell = async (name: string, message: object, options: mqtt.IClientPublishOptions = {}) => {
    await client.publishAsync(topicOfBox(name), JSON.stringify(message), { qos: 1, ...options });
  };
  const until = (done: (received: Received[]) => boolean) => when(waiting, () => done(received));
  return {
    received,
    pictures,
    reads: () => received.filter(({ topic }) => topic.endsWith('/read')),
    until,
    tell,
    async ask(command, request) {
      await tell(`cmd/${command}`, { schema: 1, type: 'command', command, ...request });
      const find = () =>
        received.find(({ message }) => message.type === 'reply' && message.id === request.id);
      await until(() => find() !== undefined);
      return find()?.message;
    },
    close,
  };
}

/** So many different reads have come. */
export const readsOf = (count: number) => (received: Received[]) =>
  new Set(received.filter(({ topic }) => topic.endsWith('/read')).map(({ message }) => message.id)).size >=
  count;

export const seqsOf = (received: Received[]): number[] => received.map(({ message }) => message.seq);

/** What most tests begin with: a broker, somebody who hears everything there, and an empty journal. */
export async function startScene(t: Test, options: MosquittoOptions = {}) {
  const broker = await startMosquitto(options);
  t.teardown(() => broker.stop());
  return { broker, centre: await subscribe(t, broker.url), journal: await openTestJournal(t) };
}
