// Asks a time server what time it is (SNTP, RFC 4330): how far the box's clock is off, found out without whoever
// disciplines it. Nothing is set.

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { offsetOf, requestPacket } from './sntp-policy.ts';

export interface ServerTime {
  /** milliseconds that this clock must be put forward to show the server's time */
  offsetMs: number;
  /** there and back: the offset is right within half of it */
  roundTripMs: number;
  stratum: number;
}

export interface SntpOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

export const NTP_PORT = 123;

/** @param address an IP address; rejects with a sentence when no usable answer comes in time */
export function askTimeServer(
  { address, port = NTP_PORT }: { address: string; port?: number },
  { timeoutMs, signal }: SntpOptions,
): Promise<ServerTime> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const cookie = randomBytes(8);
  const { promise, resolve, reject } = Promise.withResolvers<ServerTime>();
  const late = () => reject(new Error(`no answer within ${timeoutMs / 1000} s`));
  const timer = setTimeout(late, timeoutMs);
  signal.addEventListener('abort', late, { once: true });
  if (signal.aborted) late();
  let sentAt = 0;
  socket.on('error', reject);
  socket.on('message', (packet) => {
    const receivedAt = Date.now();
    try {
      const answer = offsetOf(packet, cookie, sentAt, receivedAt);
      if (answer) resolve(answer); // else: not the answer to this question
    } catch (error) {
      reject(error);
    }
  });
  socket.connect(port, address, () => {
    sentAt = Date.now();
    socket.send(requestPacket(cookie));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', late);
    socket.close();
  });
}
