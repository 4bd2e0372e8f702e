// The link between box and broker, on its bad days: it speaks MQTT, so it can be late, silent or wrong at any packet.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import type { Owner } from '../../test/central/processes.ts';

/** What becomes of packets; may be changed at any time. */
export interface Manners {
  /** each way */
  latencyMs: number;
  receiveMaximum?: number;
  /** the code that answers a PUBLISH of the box instead of the broker; undefined: the broker answers */
  refuse?(publish: IPublishPacket): number | undefined;
  /** of a PUBACK on its way to the box; later: it comes over the next connection */
  puback?(): 'pass' | 'withhold' | 'later';
}

export interface Link {
  readonly url: string;
  readonly manners: Manners;
  readonly connections: number;
  /** most PUBLISHes of the box that were ever without an answer on one connection */
  readonly mostInFlight: number;
  /** Ends all connections with a reset. */
  cut(): void;
  /** Nothing passes over the connections of now, ever again, and nobody is told: no FIN. New ones work. */
  silence(): void;
  /** As `silence`, and the broker sees its end closed: half open. */
  halfOpen(): void;
}

interface Pair {
  box: Socket;
  broker: Socket;
  silent: boolean;
}

export async function startLink(owner: Owner, port: number): Promise<Link> {
  const pairs = new Set<Pair>();
  const manners: Manners = { latencyMs: 0 };
  let late: Packet[] = [];
  let connections = 0;
  let mostInFlight = 0;

  const server = createServer((box) => {
    connections++;
    const pair: Pair = { box, broker: connect(port, '127.0.0.1'), silent: false };
    pairs.add(pair);
    const { broker } = pair;
    const inFlight = new Set<number>();
    let version = 5;
    const send = (to: Socket, packet: Packet) => {
      const bytes = generate(packet, { protocolVersion: version });
      const write = () => !pair.silent && !to.destroyed && to.write(bytes);
      if (manners.latencyMs > 0) setTimeout(write, manners.latencyMs);
      else write();
    };
    const fromBox = parser();
    let fromBroker: ReturnType<typeof parser> | undefined;
    fromBox.on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        version = packet.protocolVersion ?? 5;
        fromBroker = parser({ protocolVersion: version });
        fromBroker.on('packet', passToBox);
      }
      if (packet.cmd === 'publish' && packet.qos > 0 && packet.messageId !== undefined) {
        inFlight.add(packet.messageId);
        mostInFlight = Math.max(mostInFlight, inFlight.size);
        const reasonCode = manners.refuse?.(packet);
        if (reasonCode !== undefined) {
          inFlight.delete(packet.messageId);
          return send(box, { cmd: 'puback', messageId: packet.messageId, reasonCode });
        }
      }
      send(broker, packet);
    });
    function passToBox(packet: Packet): void {
      if (packet.cmd === 'connack') {
        const properties = { ...packet.properties };
        if (manners.receiveMaximum !== undefined) properties.receiveMaximum = manners.receiveMaximum;
        send(box, { ...packet, ...(version === 5 && { properties }) });
        for (const puback of late.splice(0)) send(box, puback);
        return;
      }
      if (packet.cmd === 'puback') {
        const fate = manners.puback?.() ?? 'pass';
        if (fate === 'later') late.push(packet);
        if (fate !== 'pass') return;
        inFlight.delete(packet.messageId ?? 0);
      }
      send(box, packet);
    }
    box.on('data', (data) => !pair.silent && fromBox.parse(data));
    broker.on('data', (data) => !pair.silent && fromBroker?.parse(data));
    for (const [socket, other] of [
      [box, broker],
      [broker, box],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', () => {
        if (pair.silent && socket === broker) return;
        pairs.delete(pair);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const silence = () => {
    for (const pair of pairs) pair.silent = true;
  };
  owner.teardown(() => {
    late = [];
    for (const { box, broker } of pairs) {
      box.destroy();
      broker.destroy();
    }
    server.close();
  });
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    manners,
    get connections() {
      return connections;
    },
    get mostInFlight() {
      return mostInFlight;
    },
    cut() {
      for (const { box, broker } of pairs) {
        box.resetAndDestroy();
        broker.resetAndDestroy();
      }
    },
    silence,
    halfOpen() {
      silence();
      for (const { broker } of pairs) broker.destroy();
    },
  };
}
