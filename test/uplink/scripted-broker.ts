// A broker that says what a test wants: the answers that a real one gives only on its bad days. It speaks real MQTT
// through mqtt-packet; what it was sent is kept for the test to judge.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { generate, type IConnackPacket, type IPublishPacket, parser } from 'mqtt-packet';
import type { Test } from 'tap';
import { when } from './parts.ts';

export interface Sent {
  /** 1 for the first connection */
  connection: number;
  topic: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the message says
  message: any;
  /** the broker's answer: given by `acknowledge` when the script says nothing */
  acknowledge(code?: number): void;
}

export interface Script {
  /** default: accepted, without properties */
  connack?: (connection: number) => Partial<IConnackPacket>;
  /** the code of a DISCONNECT right after the CONNACK; undefined: none */
  disconnect?: (connection: number) => number | undefined;
  /** the code for each subscription; default: granted */
  suback?: number;
  /** the code of the PUBACK; undefined: none yet; 'close': hang up; or a DISCONNECT. Default: 0 */
  puback?: (sent: Sent) => number | undefined | 'close' | { disconnect: number };
}

export interface ScriptedBroker {
  readonly url: string;
  readonly connections: number;
  /** connections that nobody has ended yet */
  readonly open: number;
  /** every PUBLISH, oldest first */
  readonly sent: Sent[];
  /** reads only, oldest first */
  reads(): Sent[];
  /** most messages that were ever without an answer on one connection */
  readonly mostInFlight: number;
  until(done: () => boolean): Promise<void>;
}

export async function startScriptedBroker(t: Test, script: Script = {}): Promise<ScriptedBroker> {
  const sent: Sent[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let connections = 0;
  let mostInFlight = 0;

  const server = createServer((socket) => {
    const connection = ++connections;
    const packets = parser();
    let version: 4 | 5 = 5;
    let inFlight = 0;
    const say = (packet: Parameters<typeof generate>[0]) => {
      if (!socket.destroyed) socket.write(generate(packet, { protocolVersion: version }));
    };
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      for (const check of waiting) check();
    });
    socket.on('data', (data) => packets.parse(data));
    packets.on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        version = packet.protocolVersion === 5 ? 5 : 4;
        say({
          cmd: 'connack',
          sessionPresent: false,
          ...(version === 5 ? { reasonCode: 0 } : { returnCode: 0 }),
          ...script.connack?.(connection),
        });
        const reasonCode = script.disconnect?.(connection);
        if (reasonCode !== undefined) {
          say({ cmd: 'disconnect', reasonCode });
          socket.end();
        }
      } else if (packet.cmd === 'pingreq') say({ cmd: 'pingresp' });
      else if (packet.cmd === 'subscribe')
        say({
          cmd: 'suback',
          messageId: packet.messageId!,
          granted: packet.subscriptions.map(() => script.suback ?? 1),
        });
      else if (packet.cmd === 'publish') published(packet);
      for (const check of waiting) check();
    });

    function published(packet: IPublishPacket): void {
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      let answered = false;
      const one: Sent = {
        connection,
        topic: packet.topic,
        message: JSON.parse(packet.payload.toString()),
        acknowledge(code = 0) {
          if (answered) return;
          answered = true;
          inFlight--;
          say({
            cmd: 'puback',
            messageId: packet.messageId!,
            ...(version === 5 ? { reasonCode: code } : {}),
          });
        },
      };
      sent.push(one);
      const answer = script.puback ? script.puback(one) : 0;
      if (answer === 'close') socket.destroy();
      else if (typeof answer === 'object') {
        say({ cmd: 'disconnect', reasonCode: answer.disconnect });
        socket.end();
      } else if (answer !== undefined) one.acknowledge(answer);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    sent,
    reads: () => sent.filter(({ topic }) => topic.endsWith('/read')),
    get mostInFlight() {
      return mostInFlight;
    },
    until: (done) => when(waiting, done),
  };
}
