// What the capture tests share: small clips made by ffmpeg on the spot, a log that can be read, a server that does what it
// likes, and the processes there are.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import {
  type Camera,
  type CameraOptions,
  type CameraStatus,
  type Frame,
  openCamera,
} from '../../agent/capture/index.ts';
import { type CameraConfig, cameraSchema } from '../../agent/config/index.ts';

let scratch: string | undefined;

/** A file of this process, in a folder that goes with it; made when it is first wanted: one that is killed leaves none. */
export function scratchPath(name: string): string {
  if (scratch === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'anpr-capture-test-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    scratch = made;
  }
  return join(scratch, name);
}

/** Renders testsrc2, once for each name. */
export function clip(
  name: string,
  {
    size = '320x180',
    fps = 25,
    seconds = 2,
    codec = ['libx264', '-preset', 'ultrafast', '-bf', '0'],
    filter = 'null',
  }: { size?: string; fps?: number; seconds?: number; codec?: string[]; filter?: string } = {},
): string {
  const path = scratchPath(name);
  if (!existsSync(path))
    execFileSync('ffmpeg', [
      ...[
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        `testsrc2=s=${size}:r=${fps}:d=${seconds},${filter},format=yuv420p`,
      ],
      ...['-c:v', ...codec, '-g', '12', path],
    ]);
  return path;
}

export function cameraConfig(keys: Partial<CameraConfig> & { url: string }): CameraConfig {
  return cameraSchema.parse({ id: 'gate', ...keys });
}

/** A log whose lines can be looked at. */
export function memoryLog(): { log: Logger; text(): string } {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  return { log, text: () => lines.join('') };
}

/** The first status for which `wanted` holds, from now on or already. */
export function stateOf(camera: Camera, wanted: (status: CameraStatus) => boolean): Promise<CameraStatus> {
  if (wanted(camera.state())) return Promise.resolve(camera.state());
  return new Promise((resolve) => {
    const off = camera.onState((status) => {
      if (!wanted(status)) return;
      off();
      resolve(status);
    });
  });
}

/** A TCP server on 127.0.0.1 with what to do with each connection. */
export async function tcpServer(
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Command lines of running processes that `wanted` picks; those that are gone meanwhile are left out. */
export function commandLines(
  wanted: (commandLine: string) => boolean,
): { pid: number; commandLine: string }[] {
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (wanted(commandLine)) found.push({ pid: Number(name), commandLine });
    } catch {
      // gone
    }
  }
  return found;
}

/** ffmpeg children of one process. */
export function ffmpegsOf(parent: number): number[] {
  return commandLines((line) => /(^|\/)ffmpeg /.test(line))
    .map(({ pid }) => pid)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /, '')
        .split(' ')[0],
    );
  } catch {
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  try {
    // A zombie that nobody has waited for yet is gone all the same.
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.on('close', () => resolve()));
}

const soon = { firstMs: 50, maxMs: 100, refusedMs: 50, goodAfterMs: 60_000 };

/** A camera that tries again soon. */
export function openSoon(
  keys: Partial<CameraConfig> & { url: string },
  options: Partial<CameraOptions> = {},
): Camera {
  return openCamera(cameraConfig(keys), { ...memoryLog(), backoff: soon, ...options });
}

/** The next `count` frames that `wanted` takes; the iteration stays open. */
export async function take(
  frames: AsyncIterator<Frame>,
  count: number,
  wanted: (frame: Frame) => boolean = () => true,
): Promise<Frame[]> {
  const taken: Frame[] = [];
  while (taken.length < count) {
    const { value, done } = await frames.next();
    if (done) break;
    if (wanted(value)) taken.push(value);
    value.release();
  }
  return taken;
}

export function iterate(camera: Camera): AsyncIterator<Frame> {
  return camera.frames()[Symbol.asyncIterator]();
}
