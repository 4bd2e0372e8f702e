// The page's other connection: what was found in the pictures, reads, numbers, as JSON. Who has it open is a viewer; one
// that no longer answers (a laptop's lid, a phone's lock, a tunnel that broke) is let go.

import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

export const PING_EVERY_MS = 5000;
/** A page that reads so slowly is cut off: it comes back by itself. */
const MOST_WAITING_BYTES = 1024 * 1024;
const MOST_MESSAGE_BYTES = 256;

/** What the page asks for. */
const wish = z.discriminatedUnion('type', [
  /** every picture is to be looked at, also when nothing moves */
  z.object({ type: z.literal('measure'), on: z.boolean() }),
  /** answered with this machine's clock: `asked` comes back as it is */
  z.object({ type: z.literal('clock'), asked: z.number() }),
]);

export interface Live {
  server: WebSocketServer;
  count(): number;
  tell(event: object): void;
  /** Ends each page's connection, with a last word. */
  end(lastWord: object): void;
}

export interface LiveHandlers {
  /** what somebody who comes is told first */
  greeting(): object[];
  onCount(count: number): void;
  /** Whether anybody wants every picture measured. */
  onMeasure(on: boolean): void;
  /** who has not answered until the next ping has gone */
  pingEveryMs: number;
}

export function createLive(
  { greeting, onCount, onMeasure, pingEveryMs }: LiveHandlers,
  alsoAsked: () => Iterable<WebSocket>,
): Live {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  const viewers = new Set<WebSocket>();
  const measuring = new Set<WebSocket>();
  const silent = new WeakSet<WebSocket>();

  function give(socket: WebSocket, event: object): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MOST_WAITING_BYTES) socket.terminate();
    else socket.send(JSON.stringify(event));
  }

  function counted(): void {
    for (const socket of viewers) give(socket, { type: 'viewers', count: viewers.size });
    onMeasure(measuring.size > 0);
    onCount(viewers.size);
  }

  server.on('connection', (socket) => {
    viewers.add(socket);
    socket.on('error', () => {}); // its end follows
    socket.on('message', (message) => {
      const { data } = wish.safeParse(parsed(String(message)));
      if (data?.type === 'clock') give(socket, { type: 'clock', asked: data.asked, at: Date.now() });
      else if (data?.type === 'measure') {
        if (data.on) measuring.add(socket);
        else measuring.delete(socket);
        onMeasure(measuring.size > 0);
      }
    });
    socket.on('close', () => {
      viewers.delete(socket);
      measuring.delete(socket);
      counted();
    });
    for (const event of greeting()) give(socket, event);
    counted();
  });

  const asking = setInterval(() => {
    for (const socket of [...viewers, ...alsoAsked()]) {
      if (silent.has(socket)) {
        socket.terminate();
        continue;
      }
      silent.add(socket);
      socket.once('pong', () => silent.delete(socket));
      socket.ping();
    }
  }, pingEveryMs);

  return {
    server,
    count: () => viewers.size,
    tell(event) {
      for (const socket of viewers) give(socket, event);
    },
    end(lastWord) {
      clearInterval(asking);
      for (const socket of viewers) {
        give(socket, lastWord);
        socket.close(1001);
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
