// Asks a camera what it has, without starting a stream: OPTIONS and DESCRIBE need no session, so a camera that allows
// one viewer is not taken from the agent. Plain socket, own small client: ffmpeg says only that it failed.

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { authorization, bestChallenge, type Challenge, type Login } from './login.ts';
import { NotRtsp, parseResponse, type RtspResponse, requestText } from './message.ts';
import { type VideoDescription, videoOf } from './sdp.ts';

export interface DescribeOptions {
  /** rtsp:// or rtsps://, without login */
  url: string;
  /** where its name resolved to; default: the name itself */
  address?: string;
  login: Login | undefined;
  /** for each answer */
  timeoutMs: number;
  signal: AbortSignal;
}

export type DescribeOutcome =
  | 'described'
  | 'no-video'
  | 'login-wanted'
  | 'login-refused'
  | 'forbidden'
  | 'not-found'
  | 'busy'
  | 'moved'
  | 'refused'
  | 'not-rtsp'
  | 'closed'
  | 'silent'
  | 'unreachable'
  | 'nothing-listens'
  | 'tls';

export interface Description {
  outcome: DescribeOutcome;
  /** what the camera or the network said, without secrets */
  detail: string;
  /** how the camera wants to be logged in to */
  authentication: 'none' | 'basic' | 'digest' | undefined;
  server: string | undefined;
  methods: string[];
  video: VideoDescription | undefined;
  connectMs: number | undefined;
  describeMs: number | undefined;
}

const DEFAULT_PORTS: Record<string, number> = { 'rtsp:': 554, 'rtsps:': 322 };
const MAX_RESPONSE_BYTES = 128 * 1024;

/** Never rejects. */
export async function describe(options: DescribeOptions): Promise<Description> {
  const description: Description = {
    outcome: 'unreachable',
    detail: '',
    authentication: undefined,
    server: undefined,
    methods: [],
    video: undefined,
    connectMs: undefined,
    describeMs: undefined,
  };
  const started = performance.now();
  let socket: Socket | undefined;
  try {
    socket = await opened(options);
    description.connectMs = performance.now() - started;
    Object.assign(description, await ask(socket, options, description));
  } catch (error) {
    Object.assign(description, failureOf(error, description.connectMs !== undefined));
  } finally {
    socket?.destroy();
  }
  return description;
}

async function ask(
  socket: Socket,
  options: DescribeOptions,
  description: Description,
): Promise<Partial<Description>> {
  const exchange = exchangeOn(socket, options);
  const offered = await exchange('OPTIONS');
  description.server = offered.headers.get('server')?.[0];
  description.methods = (offered.headers.get('public')?.join(',') ?? '')
    .split(',')
    .map((method) => method.trim())
    .filter(Boolean);
  const asked = performance.now();
  let answer = await exchange('DESCRIBE');
  description.authentication = 'none';
  if (answer.statusCode === 401) {
    const challenge = bestChallenge(answer.headers.get('www-authenticate') ?? []);
    description.authentication = challenge?.scheme;
    if (!challenge) return { outcome: 'refused', detail: '401 without a way to log in that is known here' };
    if (!options.login)
      return { outcome: 'login-wanted', detail: `401: it wants a login (${challenge.scheme})` };
    answer = await exchange('DESCRIBE', challenge);
    if (answer.statusCode === 401)
      return { outcome: 'login-refused', detail: `401: it refuses user ${options.login.username}` };
  }
  description.describeMs = performance.now() - asked;
  const status = `${answer.statusCode} ${answer.reason}`.trim();
  if (answer.statusCode !== 200) return { outcome: outcomeOf(answer.statusCode), detail: status };
  const video = videoOf(answer.body);
  return video
    ? { outcome: 'described', detail: status, video }
    : { outcome: 'no-video', detail: 'there is no video in the stream' };
}

function outcomeOf(statusCode: number): DescribeOutcome {
  if (statusCode === 403) return 'forbidden';
  if (statusCode === 404 || statusCode === 410) return 'not-found';
  if (statusCode === 453 || statusCode === 503) return 'busy';
  if (statusCode >= 300 && statusCode < 400) return 'moved';
  return 'refused';
}

function exchangeOn(socket: Socket, { url, login, timeoutMs, signal }: DescribeOptions) {
  let sequence = 0;
  return async (method: string, challenge?: Challenge): Promise<RtspResponse> => {
    sequence += 1;
    const clientNonce = randomBytes(8).toString('hex');
    const headers: Record<string, string> = { CSeq: String(sequence), 'User-Agent': 'anpr-doctor' };
    if (method === 'DESCRIBE') headers.Accept = 'application/sdp';
    if (challenge && login)
      headers.Authorization = authorization(challenge, login, { method, uri: url, clientNonce });
    socket.write(requestText(method, url, headers));
    return received(socket, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  };
}

/** The next response; rejects when the socket ends, the signal aborts, or what comes is no RTSP. */
function received(socket: Socket, signal: AbortSignal): Promise<RtspResponse> {
  return new Promise((resolve, reject) => {
    let data = Buffer.alloc(0);
    const settle = (end: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error(CLOSED)));
    const onAbort = () => settle(() => reject(new Error(SILENT)));
    const onData = (part: Buffer) => {
      data = Buffer.concat([data, part]);
      try {
        const response = parseResponse(data);
        if (response) settle(() => resolve(response));
        else if (data.length > MAX_RESPONSE_BYTES) throw new NotRtsp(`more than ${MAX_RESPONSE_BYTES} bytes`);
      } catch (error) {
        onError(error as Error);
      }
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

const CLOSED = 'it closed the connection without an answer';
const SILENT = 'it does not answer';

function opened({ url, address, timeoutMs, signal }: DescribeOptions): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url);
  const host = address ?? hostname.replace(/^\[|\]$/g, '');
  const target = { host, port: Number(port) || DEFAULT_PORTS[protocol] || 554 };
  // Cameras sign their own certificates, and ffmpeg does not check them either: this only finds out what answers.
  const secure = protocol === 'rtsps:';
  const socket = secure ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error(SILENT)), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(new Error(SILENT));
    socket.on('error', fail);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
      socket.on('error', () => {}); // between two answers; the next one finds it closed
      resolve(socket);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function failureOf(error: unknown, connected: boolean): Pick<Description, 'outcome' | 'detail'> {
  const detail = messageOf(error);
  if (error instanceof NotRtsp) return { outcome: 'not-rtsp', detail };
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return { outcome: 'nothing-listens', detail: 'connection refused' };
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return { outcome: 'tls', detail };
  if (connected) return { outcome: detail === SILENT ? 'silent' : 'closed', detail };
  return { outcome: 'unreachable', detail };
}
