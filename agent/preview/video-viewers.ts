// Who watches the video, and how much of it is on its way to each. A viewer behind a slow line misses pictures rather than
// seeing old ones: what the page has not confirmed may wait in a tunnel on the way, where no socket tells of it.

import { type WebSocket, WebSocketServer } from 'ws';

/** What a page has not confirmed for so long is late. */
const LATE_MS = 1000;
const MOST_MESSAGE_BYTES = 64;
/** MPEG-1's sequence header: a whole picture follows, and needs none before it. */
const SEQUENCE_HEADER = Buffer.from([0, 0, 1, 0xb3]);

interface Viewer {
  sentBytes: number;
  /** what its page has not confirmed: all bytes up to there, sent at (performance.now) */
  underway: { upTo: number; at: number }[];
  /** pictures are left out until the next whole one */
  isBehind: boolean;
}

export interface VideoViewers {
  server: WebSocketServer;
  /** how many there are */
  count(): number;
  /** @param data MPEG-TS, cut anywhere */
  send(data: Buffer): void;
  /** Another stream begins. */
  restart(): void;
}

/**
 * @param onChange somebody came or went
 * @param now milliseconds that only go on
 */
export function createVideoViewers(onChange: () => void, now = () => performance.now()): VideoViewers {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  const viewers = new Map<WebSocket, Viewer>();
  /** since the last whole picture: somebody who comes sees something at once */
  let recent: Buffer[] = [];

  function give(socket: WebSocket, viewer: Viewer, data: Buffer): void {
    viewer.sentBytes += data.length;
    viewer.underway.push({ upTo: viewer.sentBytes, at: now() });
    socket.send(data);
  }

  server.on('connection', (socket) => {
    const viewer: Viewer = { sentBytes: 0, underway: [], isBehind: false };
    viewers.set(socket, viewer);
    socket.on('error', () => {}); // its end follows
    socket.on('message', (message) => {
      const got = Number(message);
      if (got <= viewer.sentBytes) viewer.underway = viewer.underway.filter(({ upTo }) => upTo > got);
    });
    socket.on('close', () => {
      viewers.delete(socket);
      onChange();
    });
    for (const data of recent) give(socket, viewer, data);
    onChange();
  });

  return {
    server,
    count: () => viewers.size,
    send(data) {
      const isWhole = data.includes(SEQUENCE_HEADER);
      if (isWhole) recent = [];
      recent.push(data);
      for (const [socket, viewer] of viewers) {
        const [oldest] = viewer.underway;
        if (oldest && now() - oldest.at > LATE_MS) viewer.isBehind = true;
        else if (isWhole) viewer.isBehind = false;
        if (!viewer.isBehind && socket.readyState === socket.OPEN) give(socket, viewer, data);
      }
    },
    restart() {
      recent = [];
      for (const socket of viewers.keys()) socket.send('restart');
    },
  };
}
