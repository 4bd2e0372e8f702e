// What agent/lists wants of a generator's connection to its broker.

import type { MqttClient } from 'mqtt';
import type { Link } from '../../agent/uplink/index.ts';

/** Once for each connection of the client; `hear` is to be told of each message that comes. */
export function linkOver(client: MqttClient, ended: AbortSignal) {
  type Listener = Parameters<Link['subscribe']>[1];
  const listeners = new Map<string, Listener>();
  const link: Link = {
    async subscribe(topics, listener) {
      for (const topic of topics) listeners.set(topic, listener);
      return await client.subscribeAsync([...topics], { qos: 1 }).then(
        () => undefined,
        (error: Error) => error.message,
      );
    },
    async unsubscribe(topics) {
      for (const topic of topics) listeners.delete(topic);
      await client.unsubscribeAsync([...topics]).catch(() => {});
    },
    publish: ({ topic, payload, retain }) =>
      client.publishAsync(topic, payload, { qos: 1, retain }).then(
        () => ({ code: 0, text: undefined }),
        () => undefined,
      ),
    ended,
  };
  const hear = (topic: string, payload: Buffer, retain: boolean): boolean => {
    const listener = listeners.get(topic);
    listener?.({ topic, payload, retain, responseTopic: undefined, correlationData: undefined });
    return listener !== undefined;
  };
  return { link, hear };
}
