// A connection to a broker for who has a few messages to bring: opened once, never opened again by itself. The uplink has its
// own (agent/uplink/connection.ts), which knows why it ended.

import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { codeOf, messageOf } from './errors.ts';

/**
 * Resolves once the broker has accepted it. Its errors afterwards show in what is published.
 * @param signal gives up
 * @throws Error why there is none, in words: refused, closed without an answer, given up, certificates that are none
 */
export async function connectMqtt(
  url: string,
  options: IClientOptions,
  signal: AbortSignal,
): Promise<MqttClient> {
  const { promise, resolve, reject } = Promise.withResolvers<MqttClient>();
  // mqtt.js would write whole packets, the password with them, to its debug log.
  const client = mqtt.connect(url, { ...options, reconnectPeriod: 0, log: () => {} });
  const refuse = (error: unknown) => reject(new Error(messageOf(error) || codeOf(error), { cause: error }));
  const giveUp = () => refuse(new Error('the broker did not answer in time'));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  client.on('error', refuse);
  // mqtt.js keeps some of them to itself: a host without a route, for one.
  client.stream.on('error', refuse);
  client.once('close', () => refuse(new Error('the broker closed the connection without an answer')));
  client.once('connect', () => resolve(client));
  try {
    return await promise;
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
