// A link that a test can break: a TCP proxy that can go silent without closing (as a mobile network does), cut,
// or turn callers away.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

export interface Proxy {
  readonly url: string;
  /** connections that were accepted so far */
  readonly accepted: number;
  /** From now on nothing passes, and nobody is told. New connections are silent too. */
  silence(): void;
  /** Ends all connections at once, without a word of MQTT. */
  cut(): void;
  /** Turns callers away until `open`. */
  shut(): void;
  /** As at the start. */
  open(): void;
}

export async function startProxy(t: Test, targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let mode: 'open' | 'silent' | 'shut' = 'open';
  let accepted = 0;
  const server = createServer((caller) => {
    if (mode === 'shut') {
      caller.resetAndDestroy();
      return;
    }
    accepted++;
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [caller, target],
      [target, caller],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => mode === 'open' && to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (mode === 'open') to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
    silence() {
      mode = 'silent';
    },
    cut,
    shut() {
      mode = 'shut';
      cut();
    },
    open() {
      mode = 'open';
    },
  };
}
