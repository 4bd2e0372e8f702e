// The way to the broker: a TCP or TLS socket, and the stream that mqtt.js is given in its place. mqtt.js hears everything but the
// PUBACKs that say yes.

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { createTakenReader } from './taken-reader.ts';

export interface Tls {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
}

export interface Transport {
  /** for mqtt.js */
  readonly stream: Duplex;
  /** Packets of our own, whole: they may go between those of mqtt.js. */
  write(packets: Buffer): void;
}

export interface TransportOptions {
  /** mqtt:// or mqtts:// */
  url: string;
  tls: Tls;
  /** Bytes have come in. */
  onHeard(): void;
  /** The broker has the message with this packet identifier. */
  onTaken(messageId: number): void;
}

const PORT = 1883;
const PORT_TLS = 8883;

/** Begins to connect; errors come on the stream. @throws when a certificate or a key is none */
export function openTransport({ url, tls, onHeard, onTaken }: TransportOptions): Transport {
  const socket = socketTo(new URL(url), tls);
  // A window of small messages and Nagle's algorithm wait for each other: 4,000 messages a second instead of 20,000.
  socket.setNoDelay(true);
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _encoding, done) => void socket.write(chunk, done),
    // mqtt.js writes a packet in a dozen pieces: one segment, not one each.
    writev: (pieces, done) => void socket.write(Buffer.concat(pieces.map(({ chunk }) => chunk)), done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const reader = createTakenReader(onTaken, (bytes) => {
    if (!stream.push(bytes)) socket.pause();
  });
  socket.on('data', (chunk: Buffer) => {
    onHeard();
    reader.take(chunk);
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  return {
    stream,
    write(packets) {
      if (socket.writable) socket.write(packets);
    },
  };
}

function socketTo({ protocol, hostname, port }: URL, tls: Tls): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'mqtts:') return connectTcp({ host, port: port ? Number(port) : PORT });
  return connectTls({
    ...tls,
    host,
    port: port ? Number(port) : PORT_TLS,
    // A name, never an address (RFC 6066, 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: true,
  });
}
