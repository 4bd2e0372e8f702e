// A page's live connection: what it is told, and what it asks for, as JSON. Who has it open is a viewer; one that no longer
// answers (a laptop's lid, a phone's lock, a tunnel that broke) is let go.

import { type WebSocket, WebSocketServer } from 'ws';
import { parsedJson } from '../shared/json.ts';

export const PING_EVERY_MS = 5000;
/** A page that reads so slowly is cut off: it comes back by itself. */
const MOST_WAITING_BYTES = 1024 * 1024;

export interface Viewer {
  tell(event: object): void;
}

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
  /** until it is ended */
  onCount(count: number): void;
  /** @param said what came, parsed; undefined: no JSON */
  onMessage(said: unknown, viewer: Viewer): void;
  onGone?(viewer: Viewer): void;
  /** a longer message from the page ends its connection */
  mostMessageBytes: number;
  /** who has not answered until the next ping has gone */
  pingEveryMs: number;
}

/** @param alsoAsked further sockets of the page that have to answer */
export function createLive(
  { greeting, onCount, onMessage, onGone, mostMessageBytes, pingEveryMs }: LiveHandlers,
  alsoAsked: () => Iterable<WebSocket> = () => [],
): Live {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: mostMessageBytes,
  });
  const viewers = new Set<WebSocket>();
  const silent = new WeakSet<WebSocket>();
  let isOver = false;

  function give(socket: WebSocket, event: object): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MOST_WAITING_BYTES) socket.terminate();
    else socket.send(JSON.stringify(event));
  }

  function counted(): void {
    // nobody waits any more for who comes and goes
    if (isOver) return;
    for (const socket of viewers) give(socket, { type: 'viewers', count: viewers.size });
    onCount(viewers.size);
  }

  server.on('connection', (socket) => {
    viewers.add(socket);
    socket.on('error', () => {}); // its end follows
    const viewer: Viewer = { tell: (event) => give(socket, event) };
    socket.on('message', (message) => onMessage(parsedJson(String(message)), viewer));
    socket.on('close', () => {
      viewers.delete(socket);
      onGone?.(viewer);
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
      isOver = true;
      clearInterval(asking);
      for (const socket of viewers) {
        give(socket, lastWord);
        socket.close(1001);
      }
    },
  };
}
