// A TCP link of a given rate in front of a broker, which can be cut.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Link {
  url: string;
  cut(): void;
  close(): void;
}

/** @param bytesPerSecond each way */
export async function startLink(port: number, bytesPerSecond: number): Promise<Link> {
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    const target = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [caller, target],
      [target, caller],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      void carry(from, to, bytesPerSecond);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close() {
      cut();
      server.close();
    },
  };
}

/** A packet of an ordinary link at a time, each taking its time on the wire. */
async function carry(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  try {
    for await (const data of from as AsyncIterable<Buffer>)
      for (let at = 0; at < data.length; at += 1400) {
        const packet = data.subarray(at, at + 1400);
        if (Number.isFinite(bytesPerSecond)) await sleep((packet.length / bytesPerSecond) * 1000);
        to.write(packet);
      }
  } catch {
    // cut
  }
}
