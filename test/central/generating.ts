// What the tests of the generator are put together from: a publisher with its sources, reads of boxes that need no cameras, and
// instances whose events are counted.

import { randomUUIDv7 } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import { type CentralHitMessage, centralHitMessage, type ReadMessage } from '../../agent/contract/index.ts';
import { loadGeneratorConfig } from '../../scripts/generator/config.ts';
import { type InstanceEvent, startInstance } from '../../scripts/generator/instance.ts';
import {
  type PublishEvent,
  type PublisherOptions,
  startPublisher,
} from '../../scripts/generator/publisher.ts';
import { police } from '../lists/parts.ts';
import { readPayload } from '../uplink/read-payload.ts';

/** With a folder for its files; `lists` as in the configuration. */
export function configured(directory: string, lists: readonly object[], more: object = {}) {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'national.yaml');
  const publishers = [{ name: 'police', publicKey: police.publicKey }];
  writeFileSync(file, stringify({ group: 'national', publishers, lists, ...more }));
  return { file, config: loadGeneratorConfig(file) };
}

export async function client(t: Test, url: string, protocolVersion: 4 | 5 = 5): Promise<MqttClient> {
  const connected = await mqtt.connectAsync(url, { protocolVersion, reconnectPeriod: 100 });
  t.teardown(() => connected.endAsync(true));
  return connected;
}

/** A publisher whose files need not rest; `look` answers with what it told. */
export async function publishing(
  t: Test,
  url: string,
  options: Pick<PublisherOptions, 'config' | 'state'> & Partial<PublisherOptions>,
) {
  const events: PublishEvent[] = [];
  const publisher = await startPublisher({
    ...{ key: police, client: options.client ?? (await client(t, url)), retain: true, quietMs: -1 },
    ...{ tell: (event) => void events.push(event), ...options },
  });
  return async () => {
    events.length = 0;
    await publisher.look();
    return [...events];
  };
}

/** Every place sure, but those told. */
export function readOf(
  box: { site: string; box: string },
  seq: number,
  text: string,
  doubts: Record<number, Record<string, number>> = {},
): ReadMessage {
  const characters = [...text].map((character, place) =>
    Object.entries(doubts[place] ?? { [character]: 0.999 }).map(([each, probability]) => ({
      ...{ character: each, probability },
    })),
  );
  const confidence = characters.reduce(
    (product, place, index) =>
      product * (place.find(({ character }) => character === text[index])?.probability ?? 0),
    1,
  );
  const payload = readPayload();
  return {
    ...{ ...payload, ...box, id: randomUUIDv7(), epoch: 'first', seq, lane: 'live' },
    plate: { ...payload.plate, text, confidence, characters, alternatives: [] },
  };
}

export const online = ({ site, box }: { site: string; box: string }) =>
  JSON.stringify({ schema: 1, type: 'status', site, box, at: new Date().toISOString(), online: true });

/** What instances tell, and waiting for it. */
export function watching() {
  const matched = new Map<string, string[]>();
  const shares = new Map<string, readonly number[]>();
  const events: (InstanceEvent & { instance: string })[] = [];
  const waiting = new Set<() => void>();
  return {
    ...{ matched, shares, events },
    tell: (instance: string) => (event: InstanceEvent) => {
      events.push({ instance, ...event });
      if (event.event === 'shares') shares.set(instance, event.mine);
      if (event.event === 'read') matched.set(event.read, [...(matched.get(event.read) ?? []), instance]);
      for (const check of [...waiting]) check();
    },
    until: (wanted: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!wanted()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}

export async function instance(t: Test, options: Parameters<typeof startInstance>[0]) {
  const running = await startInstance(options);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= running.close();
    return closed;
  };
  t.teardown(close);
  return { close };
}

/** Every central hit that comes, each checked against the contract, and waiting for them. */
export async function hitsAt(t: Test, url: string, protocolVersion: 4 | 5 = 5) {
  const gateway = await client(t, url, protocolVersion);
  const hits: CentralHitMessage[] = [];
  const waiting = new Set<() => void>();
  gateway.on('message', (_topic, payload) => {
    hits.push(centralHitMessage.parse(JSON.parse(payload.toString())));
    for (const check of [...waiting]) check();
  });
  await gateway.subscribeAsync('anpr/1/+/+/central/hit', { qos: 1 });
  return {
    hits,
    ids: () => new Set(hits.map(({ id }) => id)),
    until: (wanted: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!wanted()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
