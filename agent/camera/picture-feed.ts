// A camera's decoded pictures on a Unix socket, for one reader: ffmpeg, which makes the preview's video of them. They are
// written as YUV4MPEG2 (a line of text, then the planes, picture after picture: yuv4mpeg(5)), which says its own size and
// needs no probing. A reader that is slower than the camera misses pictures; nothing waits for it.

import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Frame } from '../capture/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { giveBack } from '../shared/memory.ts';

const SOCKET_MODE = 0o660;
/** `sun_path` holds 108 bytes with its closing zero (unix(7)) */
const MAX_PATH_BYTES = 107;
const CONNECT_TIMEOUT_MS = 15_000;
/** Of the stream, not of the camera: a picture's number over this is its time stamp in the video made of them. */
const NOMINAL_FPS = 25;

export interface PictureFeed {
  /** where it waits for its reader */
  socket: string;
  /** Number of this picture in the feed, from 0; null: it was not given out. Reads the planes at once. */
  offer(frame: Frame): number | null;
  close(): void;
}

/**
 * @param folder of the socket; its group may connect
 * @param over called once: the reader has gone, never came, or the picture has another size now
 * @throws {AnprError} `preview.socket`
 */
export async function openPictureFeed(folder: string, over: () => void): Promise<PictureFeed> {
  const socket = join(folder, `preview-${randomBytes(6).toString('hex')}.sock`);
  const server = createServer();
  let reader: Socket | undefined;
  let size: string | undefined;
  let count = 0;
  let closed = false;

  function close(): void {
    if (closed) return;
    closed = true;
    clearTimeout(waiting);
    server.close();
    rmSync(socket, { force: true });
    reader?.destroy();
    over();
  }
  const waiting = setTimeout(close, CONNECT_TIMEOUT_MS);

  server.on('connection', (connection) => {
    if (closed || reader) {
      connection.destroy();
      return;
    }
    clearTimeout(waiting);
    reader = connection.on('error', close).on('close', close).resume();
    // for this one reader
    server.close();
    rmSync(socket, { force: true });
  });

  if (Buffer.byteLength(socket) > MAX_PATH_BYTES) {
    clearTimeout(waiting);
    throw new AnprError(
      'preview.socket',
      `wanted a path of at most ${MAX_PATH_BYTES} bytes for the pictures, found ${socket}`,
      'Set api.socket to a place in a folder with a shorter path.',
    );
  }
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
    chmodSync(socket, SOCKET_MODE);
  } catch (error) {
    clearTimeout(waiting);
    server.close();
    throw new AnprError(
      'preview.socket',
      `cannot make the socket ${socket}: ${messageOf(error)}`,
      'Let the agent write to the folder of api.socket.',
    );
  }

  return {
    socket,
    offer(frame) {
      if (closed || !reader || reader.writableNeedDrain) return null;
      const shape = `W${frame.width} H${frame.height}`;
      if (size !== undefined && size !== shape) {
        close();
        return null;
      }
      const planes = frame.planes();
      if (!planes) return null;
      const all = 'u' in planes ? [planes.y, planes.u, planes.v] : [planes.y];
      reader.cork();
      if (size === undefined)
        reader.write(
          `YUV4MPEG2 ${shape} F${NOMINAL_FPS}:1 Ip A1:1 C${all.length === 1 ? 'mono' : '420mpeg2'}\n`,
        );
      size = shape;
      reader.write('FRAME\n');
      for (const { data, width, height } of all.slice(0, -1)) reader.write(data.subarray(0, width * height));
      const last = all.at(-1);
      if (last) reader.write(last.data.subarray(0, last.width * last.height), () => giveBack(planes.y.data));
      reader.uncork();
      return count++;
    },
    close,
  };
}
