// The consumer: a lasting session at the broker, messages gathered into batches for the keeper, and after each commit the receipts.
// The broker's PUBACK is given at once and promises nothing: what a crash takes from memory here shows as a hole, and
// the box sends it again.

import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import { z } from 'zod';
import { type Address, MAX_HOLES, type Range, topicOf } from '../../agent/contract/index.ts';
import { parsedJson } from '../../agent/shared/json.ts';
import { type Message, openKeeper } from './keeper.ts';
import { lastOf, receiptOf } from './sequence.ts';
import type { EpochState } from './store.ts';

export interface ConsumerOptions {
  url: string;
  /** SQLite file */
  database: string;
  clientId: string;
  username?: string | undefined;
  password?: string | undefined;
  ca?: Buffer | undefined;
  protocolVersion?: 4 | 5;
  /** between two receipts for the same box */
  receiptMs: number;
  /** what is missing for so long should have come */
  graceMs: number;
  /** how long a box may take to answer; default: 10 s */
  answerMs?: number;
  onProblem(text: string): void;
  /** each record as it came, once it is durable */
  onRecord?: ((text: string) => void) | undefined;
}

export interface Consumer {
  replay(address: Address, epoch: string | undefined, range: Range): Promise<unknown>;
  evidence(address: Address, readId: string): Promise<unknown>;
  close(): Promise<void>;
}

/** So long messages are gathered for a commit: each waits for the disk. */
const GATHER_MS = 50;
/** A box of which so many records have come since its last receipt is told after a quarter of the time. */
const MANY_RECORDS = 100;
const ANSWER_MS = 10_000;
/** How many graces a hole may stay before it is asked for with a command as well. */
const ASK_AFTER_GRACES = 6;

/** Of a later version too: whoever asked sees it as it is. */
const anyReply = z.looseObject({ id: z.string(), ok: z.boolean() });

interface Watch {
  state: EpochState;
  /** what was answered at a time: [when, highest seq], oldest first */
  marks: [atMs: number, seq: number][];
  backlog: { atMs: number; seq: number } | undefined;
  hole: { from: number; sinceMs: number } | undefined;
  changed: boolean;
  /** records since the last receipt */
  fresh: number;
}

export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { graceMs, receiptMs, answerMs = ANSWER_MS, onProblem, onRecord } = options;
  const keeper = openKeeper(options.database);
  /** by site, box and epoch */
  const watches = new Map<string, Watch>();
  const asked = new Map<string, (reply: unknown) => void>();
  let waiting: Message[] = [];
  let gathering: NodeJS.Timeout | undefined;

  const client = mqtt.connect(options.url, {
    clientId: options.clientId,
    protocolVersion: options.protocolVersion ?? 5,
    clean: false,
    ...(options.protocolVersion === 4 ? {} : { properties: { sessionExpiryInterval: 7 * 86_400 } }),
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    reconnectPeriod: 1000,
    reconnectOnConnackError: true,
    resubscribe: false,
    // mqtt.js formats its debug lines before it asks whether anybody wants them.
    log: () => {},
  });
  client.on('error', (error) => onProblem(`broker: ${error.message}`));
  client.on('message', (topic, payload, { dup }) => {
    answerTogether();
    if (topic.includes('/reply/')) return takeReply(topic, payload);
    waiting.push({ topic, payload, again: dup });
    gathering ??= setTimeout(flush, GATHER_MS);
  });
  const names = ['read', 'hit', 'change', 'gap', 'audit', 'status', 'evidence/+', 'reply/+'];
  const topics = names.map((name) => `anpr/1/+/+/${name}`);
  client.on('connect', () =>
    client.subscribe(topics, { qos: 1 }, (error) => error && onProblem(`broker: ${error.message}`)),
  );
  for (const state of keeper.epochs) watchOf(state);

  /** Messages come several at a time: their PUBACKs go in one write, not in one each. */
  function answerTogether(): void {
    const { stream } = client;
    if (stream.writableCorked > 0) return;
    stream.cork();
    setImmediate(() => stream.uncork());
  }

  function watchOf(state: EpochState): Watch {
    const key = `${state.site}/${state.box}/${state.epoch}`;
    const known = watches.get(key);
    if (known) return Object.assign(known, { state });
    const watch = { state, marks: [], backlog: undefined, hole: undefined, changed: true, fresh: 0 };
    watches.set(key, watch);
    return watch;
  }

  function flush(): void {
    gathering = undefined;
    const messages = waiting;
    waiting = [];
    if (messages.length === 0) return;
    const { epochs, online, problems, records } = keeper.keep(messages);
    const nowMs = performance.now();
    for (const { state, count, backlogSeq } of epochs) {
      const watch = watchOf(state);
      watch.changed = true;
      watch.fresh += count;
      if (backlogSeq !== undefined) watch.backlog = { atMs: nowMs, seq: backlogSeq };
    }
    // It may have missed what was said while it was away.
    for (const { site, box } of online)
      for (const watch of watches.values())
        if (watch.state.site === site && watch.state.box === box) watch.changed = true;
    for (const problem of problems) onProblem(problem);
    if (onRecord) for (const record of records) onRecord(record);
  }

  /** Each epoch's receipt, when there is news or something is missing. @param least only after so many records */
  function publishReceipts(least: number): void {
    const nowMs = performance.now();
    for (const watch of watches.values()) {
      if (watch.fresh < least) continue;
      const { state, marks, backlog } = watch;
      const last = lastOf(state);
      if (marks.at(-1)?.[1] !== last) marks.push([nowMs, last]);
      while (marks.length > 1 && marks[1]![0] <= nowMs - graceMs) marks.shift();
      const settledUpTo = marks[0]![0] <= nowMs - graceMs ? marks[0]![1] : 0;
      const backlogAt = backlog && nowMs - backlog.atMs < graceMs ? backlog.seq : undefined;
      const { upTo, holes } = receiptOf({ ...state, settledUpTo, backlogAt });
      const waits = upTo < last || holes.length > 0;
      if (!watch.changed && !waits) continue;
      watch.changed = false;
      watch.fresh = 0;
      publishReceipt(state, upTo, holes);
      noteHole(watch, holes[0], nowMs);
    }
  }

  function publishReceipt({ site, box, epoch }: EpochState, upTo: number, holes: Range[]): void {
    const told = holes.slice(0, MAX_HOLES);
    const end = told.length < holes.length ? told.at(-1)![1] : upTo;
    const receipt = {
      schema: 1,
      type: 'receipt',
      site,
      box,
      at: new Date().toISOString(),
      epoch,
      upTo: end,
      holes: told,
    };
    if (client.connected)
      client.publish(topicOf({ site, box }, 'receipt'), JSON.stringify(receipt), { qos: 1, retain: true });
  }

  /** A receipt says what is missing; when that brings nothing, the box is asked in so many words. */
  function noteHole(watch: Watch, hole: Range | undefined, nowMs: number): void {
    if (!hole) watch.hole = undefined;
    else if (watch.hole?.from !== hole[0]) watch.hole = { from: hole[0], sinceMs: nowMs };
    else if (nowMs - watch.hole.sinceMs > ASK_AFTER_GRACES * graceMs) {
      watch.hole.sinceMs = nowMs;
      const { state } = watch;
      replay(state, state.epoch, hole).catch((error) => onProblem(`${state.box}: ${error.message}`));
    }
  }

  function takeReply(topic: string, payload: Buffer): void {
    const reply = anyReply.safeParse(parsedJson(payload.toString()));
    if (!reply.success) {
      onProblem(`${topic}: what came is no reply to a command`);
      return;
    }
    asked.get(reply.data.id)?.(reply.data);
    asked.delete(reply.data.id);
  }

  async function command(address: Address, name: string, request: object): Promise<unknown> {
    const id = randomUUID();
    const reply = Promise.withResolvers<unknown>();
    asked.set(id, reply.resolve);
    const timer = setTimeout(() => {
      reply.reject(
        new Error(`no answer from box ${address.site}/${address.box} within ${answerMs / 1000} s`),
      );
    }, answerMs);
    const answer = reply.promise.finally(() => {
      clearTimeout(timer);
      asked.delete(id);
    });
    const topic = topicOf(address, 'cmd/+').replace('+', name);
    const question = JSON.stringify({ schema: 1, type: 'command', command: name, id, ...request });
    // Behind a long backlog the broker may take the question later than the answer is given up.
    await Promise.race([client.publishAsync(topic, question, { qos: 1 }), answer]);
    return answer;
  }

  const replay = (address: Address, epoch: string | undefined, [from, to]: Range) =>
    command(address, 'replay', { ...(epoch === undefined ? {} : { epoch }), from, to });

  let quarter = 0;
  const receipts = setInterval(() => publishReceipts(++quarter % 4 === 0 ? 0 : MANY_RECORDS), receiptMs / 4);
  await new Promise<void>((resolve) => client.once('connect', () => resolve()));
  return {
    replay,
    evidence: (address, readId) => command(address, 'evidence', { readId }),
    async close() {
      clearInterval(receipts);
      clearTimeout(gathering);
      flush();
      publishReceipts(0);
      await client.endAsync();
      clearTimeout(gathering);
      keeper.close();
    },
  };
}
