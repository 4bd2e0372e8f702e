// Asks a camera what it has, without starting a stream: OPTIONS and DESCRIBE need no session, so a camera that allows
// one viewer is not taken from the agent.

import { codeOf, messageOf } from '../../shared/errors.ts';
import { type ConnectionOptions, openConnection, type RtspConnection, SILENT } from './connection.ts';
import { bestChallenge } from './login.ts';
import { NotRtsp } from './message.ts';
import { type VideoDescription, videoOf } from './sdp.ts';

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
  /** the address that the stream's parts are relative to */
  baseUrl: string | undefined;
  /** UTC epoch milliseconds: the camera's own time, where its answers carry one */
  clock: number | undefined;
  /** UTC epoch milliseconds on this box's clock at that answer */
  clockAt: number | undefined;
  connectMs: number | undefined;
  describeMs: number | undefined;
}

/** Never rejects. */
export async function describe(options: ConnectionOptions): Promise<Description> {
  return (await describeOn(options, async () => {})).description;
}

/** The same, and `then` on the open connection when there is video to ask for. Only what `then` throws rejects. */
export async function describeOn<T>(
  options: ConnectionOptions,
  then: (connection: RtspConnection, description: Description) => Promise<T>,
): Promise<{ description: Description; result: T | undefined }> {
  const description: Description = {
    outcome: 'unreachable',
    detail: '',
    authentication: undefined,
    server: undefined,
    methods: [],
    video: undefined,
    baseUrl: undefined,
    clock: undefined,
    clockAt: undefined,
    connectMs: undefined,
    describeMs: undefined,
  };
  const started = performance.now();
  let connection: RtspConnection | undefined;
  try {
    try {
      connection = await openConnection(options);
      description.connectMs = performance.now() - started;
      Object.assign(description, await ask(connection, options, description));
    } catch (error) {
      Object.assign(description, failureOf(error, description.connectMs !== undefined));
    }
    if (!connection || description.outcome !== 'described') return { description, result: undefined };
    return { description, result: await then(connection, description) };
  } finally {
    connection?.close();
  }
}

async function ask(
  connection: RtspConnection,
  { url, login }: ConnectionOptions,
  description: Description,
): Promise<Partial<Description>> {
  const offered = await connection.request('OPTIONS', url);
  description.server = offered.headers.get('server')?.[0];
  description.methods = (offered.headers.get('public')?.join(',') ?? '')
    .split(',')
    .map((method) => method.trim())
    .filter(Boolean);
  const asked = performance.now();
  const wanted = { Accept: 'application/sdp' };
  let answer = await connection.request('DESCRIBE', url, wanted);
  // also an answer that refuses tells the time
  description.clock = clockIn(answer.headers.get('date')?.[0]);
  description.clockAt = Date.now();
  description.authentication = 'none';
  if (answer.statusCode === 401) {
    const challenge = bestChallenge(answer.headers.get('www-authenticate') ?? []);
    description.authentication = challenge?.scheme;
    if (!challenge) return { outcome: 'refused', detail: '401 without a way to log in that is known here' };
    if (!login) return { outcome: 'login-wanted', detail: `401: it wants a login (${challenge.scheme})` };
    connection.authenticate(challenge);
    answer = await connection.request('DESCRIBE', url, wanted);
    if (answer.statusCode === 401)
      return { outcome: 'login-refused', detail: `401: it refuses user ${login.username}` };
  }
  description.describeMs = performance.now() - asked;
  const status = `${answer.statusCode} ${answer.reason}`.trim();
  if (answer.statusCode !== 200) return { outcome: outcomeOf(answer.statusCode), detail: status };
  const video = videoOf(answer.body);
  if (!video) return { outcome: 'no-video', detail: 'there is no video in the stream' };
  const base = answer.headers.get('content-base')?.[0] ?? answer.headers.get('content-location')?.[0];
  return { outcome: 'described', detail: status, video, baseUrl: base || url };
}

/** RTSP's Date is HTTP's: `Tue, 15 Nov 1994 08:12:31 GMT`. */
function clockIn(date: string | undefined): number | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function outcomeOf(statusCode: number): DescribeOutcome {
  if (statusCode === 403) return 'forbidden';
  if (statusCode === 404 || statusCode === 410) return 'not-found';
  if (statusCode === 453 || statusCode === 503) return 'busy';
  if (statusCode >= 300 && statusCode < 400) return 'moved';
  return 'refused';
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
