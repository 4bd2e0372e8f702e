// One RTSP connection: requests and their answers in turn, and between them the packets that a camera interleaves with
// them (RFC 2326 section 10.12). Plain socket, own small client: ffmpeg says only that it failed.

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { authorization, type Challenge, type Login } from './login.ts';
import { NotRtsp, parseResponse, type RtspResponse, requestText } from './message.ts';

export interface ConnectionOptions {
  /** rtsp:// or rtsps://, without login */
  url: string;
  /** where its name resolved to; default: the name itself */
  address?: string;
  login: Login | undefined;
  /** for each answer */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface RtspConnection {
  /** Rejects when no answer comes in time, the connection ends, or what comes is no RTSP. */
  request(method: string, url: string, headers?: Record<string, string>): Promise<RtspResponse>;
  /** from now on requests prove the login that way */
  authenticate(challenge: Challenge): void;
  /** hears of each interleaved packet with its channel */
  onPacket(listener: (channel: number, packet: Buffer) => void): void;
  close(): void;
}

const DEFAULT_PORTS: Record<string, number> = { 'rtsp:': 554, 'rtsps:': 322 };
const MAX_WAITING_BYTES = 128 * 1024;
const INTERLEAVED = 0x24;

export const CLOSED = 'it closed the connection without an answer';
export const SILENT = 'it does not answer';

export async function openConnection(options: ConnectionOptions): Promise<RtspConnection> {
  const { login, timeoutMs, signal } = options;
  const socket = await opened(options);
  let waiting = Buffer.alloc(0);
  let answered: { resolve(response: RtspResponse): void; reject(error: Error): void } | undefined;
  let ended: Error | undefined;
  let hear: (channel: number, packet: Buffer) => void = () => {};
  let challenge: Challenge | undefined;
  let sequence = 0;
  let proofs = 0;

  const end = (error: Error) => {
    ended ??= error;
    answered?.reject(ended);
  };
  const take = () => {
    for (;;) {
      if (waiting[0] === INTERLEAVED) {
        if (waiting.length < 4) return;
        const length = waiting.readUInt16BE(2);
        if (waiting.length < 4 + length) return;
        hear(waiting[1]!, waiting.subarray(4, 4 + length));
        waiting = waiting.subarray(4 + length);
        continue;
      }
      if (waiting.length === 0) return;
      const response = parseResponse(waiting);
      if (!response) {
        if (waiting.length > MAX_WAITING_BYTES) throw new NotRtsp(`more than ${MAX_WAITING_BYTES} bytes`);
        return;
      }
      waiting = waiting.subarray(response.lengthBytes);
      answered?.resolve(response);
    }
  };
  socket.on('data', (part) => {
    waiting = waiting.length ? Buffer.concat([waiting, part]) : part;
    try {
      take();
    } catch (error) {
      end(error as Error);
      socket.destroy();
    }
  });
  socket.on('error', end);
  socket.on('close', () => end(new Error(CLOSED)));

  return {
    async request(method, url, headers = {}) {
      if (ended) throw ended;
      sequence += 1;
      const all: Record<string, string> = { CSeq: String(sequence), 'User-Agent': 'anpr-doctor', ...headers };
      if (challenge && login) {
        proofs += 1;
        const clientNonce = randomBytes(8).toString('hex');
        all.Authorization = authorization(challenge, login, { method, uri: url, clientNonce, count: proofs });
      }
      const { promise, resolve, reject } = Promise.withResolvers<RtspResponse>();
      answered = { resolve, reject };
      const onAbort = () => reject(new Error(SILENT));
      const late = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      late.addEventListener('abort', onAbort, { once: true });
      if (late.aborted) onAbort();
      socket.write(requestText(method, url, all));
      try {
        return await promise;
      } finally {
        answered = undefined;
        late.removeEventListener('abort', onAbort);
      }
    },
    authenticate(found) {
      challenge = found;
    },
    onPacket(listener) {
      hear = listener;
    },
    close() {
      socket.destroy();
    },
  };
}

function opened({ url, address, timeoutMs, signal }: ConnectionOptions): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url);
  const host = address ?? hostname.replace(/^\[|\]$/g, '');
  const target = { host, port: Number(port) || DEFAULT_PORTS[protocol] || 554 };
  // Cameras sign their own certificates, and ffmpeg does not check them either: this only finds out what answers.
  const secure = protocol === 'rtsps:';
  const socket = secure ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error(SILENT)), timeoutMs);
    const settled = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
    };
    const fail = (error: Error) => {
      settled();
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const onAbort = () => fail(new Error(SILENT));
    socket.on('error', fail);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      settled();
      resolve(socket);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
