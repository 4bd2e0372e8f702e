// Which generators are there, and which shares are whose. Each tells the others that it lives with a retained message, again and
// again; its last will takes the message back. Everybody works out the same division from the same names (shares-policy.ts), and
// where views differ for a moment the broker decides: a share is one MQTT session, and a session has one connection.
//
//     anpr-generator/{group}/{instance}    retained; no part of the contract with boxes

import type { MqttClient } from 'mqtt';
import { z } from 'zod';
import { parsedJson } from '../../agent/shared/json.ts';
import { assign } from './shares-policy.ts';

const presence = z.object({
  instance: z.string(),
  /** how many shares the group has */
  shares: z.int().positive(),
  /** those that this instance has */
  mine: z.array(z.int()),
  boxes: z.int(),
  /** since it started */
  reads: z.int(),
  hits: z.int(),
  lists: z.array(z.object({ list: z.string(), version: z.int().nullable() })),
  at: z.string(),
});
export type Presence = z.infer<typeof presence>;

export const presenceTopic = (group: string, instance: string) => `anpr-generator/${group}/${instance}`;

export interface GroupTimes {
  /** an instance tells that it lives */
  beatMs: number;
  /** one that was not heard for so long is gone */
  goneMs: number;
}

export interface GroupOptions {
  group: string;
  instance: string;
  shares: number;
  times: GroupTimes;
  client: MqttClient;
  about(): Omit<Presence, 'instance' | 'shares' | 'at'>;
  /** another division than before; none of it is ours while the broker cannot be reached */
  onShares(mine: readonly number[]): void;
  /** another instance has another number of shares: they would tear the boxes' reads apart */
  onConflict(text: string): void;
}

export interface Group {
  /** After each connect. */
  joined(): Promise<void>;
  /** @returns whether the message was the group's */
  hear(topic: string, payload: Buffer): boolean;
  /** The others know at once. */
  leave(): Promise<void>;
}

/** A new one listens so long before it takes anything: a broker may keep what the others said, or not (RabbitMQ). */
const LISTEN_BEATS = 1.5;

export function joinGroup(options: GroupOptions): Group {
  const { group, instance, shares, times, client } = options;
  const own = presenceTopic(group, instance);
  const others = new Map<string, number>();
  let joinedAt: number | undefined;
  let heardAt = performance.now();
  let mine = '';
  let left = false;

  function look(): void {
    const at = performance.now();
    if (client.connected) heardAt = at;
    const isAlone = at - heardAt > times.goneMs;
    if (left || joinedAt === undefined || (!isAlone && at - joinedAt < times.beatMs * LISTEN_BEATS)) return;
    for (const [name, last] of others) if (at - last > times.goneMs) others.delete(name);
    const owners = assign([instance, ...others.keys()].sort(), shares);
    const next = isAlone ? [] : owners.flatMap((name, share) => (name === instance ? [share] : []));
    if (next.join() === mine) return;
    mine = next.join();
    options.onShares(next);
  }

  async function beat(): Promise<void> {
    look();
    if (left || !client.connected) return;
    const told: Presence = { instance, shares, ...options.about(), at: new Date().toISOString() };
    await client.publishAsync(own, JSON.stringify(told), { qos: 1, retain: true }).catch(() => {});
  }

  const beating = setInterval(() => void beat(), times.beatMs);
  return {
    async joined() {
      await client.subscribeAsync(presenceTopic(group, '+'), { qos: 1 });
      joinedAt ??= performance.now();
      await beat();
    },
    hear(topic, payload) {
      if (!topic.startsWith(presenceTopic(group, ''))) return false;
      const name = topic.slice(presenceTopic(group, '').length);
      if (name === instance) return true;
      if (payload.byteLength === 0) others.delete(name);
      else {
        const told = presenceIn(payload);
        if (!told) return true;
        if (told.shares !== shares)
          options.onConflict(
            `${name} divides the boxes of the group ${group} into ${told.shares} shares, this one into ${shares}: all have to agree`,
          );
        others.set(name, performance.now());
      }
      look();
      return true;
    },
    async leave() {
      left = true;
      clearInterval(beating);
      if (client.connected) await client.publishAsync(own, '', { qos: 1, retain: true }).catch(() => {});
    },
  };
}

/** What an instance said of itself; undefined: what stands there is no such word. */
export const presenceIn = (payload: Buffer): Presence | undefined =>
  presence.safeParse(parsedJson(payload.toString())).data;
