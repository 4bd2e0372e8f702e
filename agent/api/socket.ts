// The socket file: made where it must be, readable by the group only, taken over from a dead agent but never from a
// living one.

import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';

const SOCKET_MODE = 0o660;
/** `sun_path` holds 108 bytes with its closing zero (unix(7)); the socket is bound under a longer, temporary name. */
const MAX_PATH_BYTES = 96;
const ANSWER_TIMEOUT_MS = 2000;

/**
 * Binds `server` to `path` with mode 0660. It is bound under a name of its own and moved into place, so nobody meets
 * a socket with other permissions, and a dead agent's socket is replaced in one step.
 * Throws `api.in-use` when another agent answers there, `api.socket` when the path cannot be used.
 * @returns removes the socket, unless another has taken the place meanwhile
 */
export async function bindSocket(server: Server, path: string): Promise<() => void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new AnprError(
      'api.socket',
      `wanted a socket path of at most ${MAX_PATH_BYTES} bytes, found ${Buffer.byteLength(path)}: ${path}`,
      'Set api.socket to a shorter path.',
    );
  if (await answers(path))
    throw new AnprError(
      'api.in-use',
      `another agent answers at ${path}`,
      'See it with anpr status; stop it, or give this one another api.socket.',
    );
  const own = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there && !there.isSocket()) throw new Error('there is a file that is no socket');
    rmSync(own, { force: true });
    await listen(server, own);
    chmodSync(own, SOCKET_MODE);
    renameSync(own, path);
  } catch (error) {
    server.close(); // and with it the temporary name
    throw new AnprError(
      'api.socket',
      `cannot make the socket ${path}: ${messageOf(error)}`,
      codeOf(error) === 'EACCES'
        ? `Let the user that runs the agent write to ${dirname(path)}, or set api.socket to a folder of its own.`
        : 'Set api.socket to a place in a folder that the agent may write to.',
    );
  }
  const { ino } = lstatSync(path);
  return () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whether somebody listens at `path`; a full queue of waiting connections counts as somebody. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(ANSWER_TIMEOUT_MS);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(true));
    socket.once('error', (error) =>
      done(!['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'].includes(codeOf(error))),
    );
  });
}
