// Watches a camera's stream for some seconds in one RTSP session, over TCP or UDP as the agent would: what gets lost and
// how evenly it comes is only seen here, before a decoder has hidden it. The video itself is handed on for decoding.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../shared/errors.ts';
import type { ConnectionOptions, RtspConnection } from './connection.ts';
import { type Codec, depacketise } from './depacketise.ts';
import { type Description, describeOn } from './describe.ts';
import { countStream, packetOf, type StreamFigures } from './rtp-policy.ts';

export interface WatchOptions extends ConnectionOptions {
  transport: 'tcp' | 'udp';
  seconds: number;
}

export interface WatchedStream extends StreamFigures {
  /** how it was carried */
  transport: 'tcp' | 'udp';
  codec: Codec | undefined;
  /** H.264 or H.265 with start codes; empty for other codecs */
  video: Buffer;
}

export interface Watched {
  description: Description;
  /** undefined when nothing could be watched: `refusal` says why, or the description does */
  stream: WatchedStream | undefined;
  /** the camera's answer to SETUP or PLAY */
  refusal: { statusCode: number; reason: string } | undefined;
}

/** Never rejects. */
export async function watchStream(options: WatchOptions): Promise<Watched> {
  const { description, result } = await describeOn(options, (connection, described) =>
    // A connection that breaks now is a refusal too: the camera did describe its stream.
    play(connection, described, options).catch((error) => ({ statusCode: 0, reason: messageOf(error) })),
  );
  return {
    description,
    stream: result && 'packets' in result ? result : undefined,
    refusal: result && 'statusCode' in result ? result : undefined,
  };
}

async function play(
  connection: RtspConnection,
  { video, baseUrl }: Description,
  { transport, seconds, signal, address, url }: WatchOptions,
): Promise<WatchedStream | NonNullable<Watched['refusal']>> {
  const { codec: name, clockRate, payloadType, parameterSets, control } = video!;
  const codec = name === 'H264' || name === 'H265' ? name : undefined;
  const counter = countStream(clockRate);
  const depacketiser = codec && depacketise(codec, parameterSets);
  const take = (data: Buffer) => {
    const packet = packetOf(data);
    if (!packet || packet.payloadType !== payloadType) return;
    counter.add(packet, performance.now());
    depacketiser?.add(Buffer.from(packet.payload));
  };
  const udp = transport === 'udp' ? await openPorts(address ?? new URL(url).hostname) : undefined;
  try {
    udp?.rtp.on('message', take);
    connection.onPacket((channel, data) => {
      if (channel === 0) take(data);
    });
    const way = udp
      ? `RTP/AVP;unicast;client_port=${udp.port}-${udp.port + 1}`
      : 'RTP/AVP/TCP;unicast;interleaved=0-1';
    const setup = await connection.request('SETUP', controlUrl(baseUrl!, control), { Transport: way });
    if (setup.statusCode !== 200) return { statusCode: setup.statusCode, reason: setup.reason };
    const session = setup.headers.get('session')?.[0]?.split(';')[0] ?? '';
    const played = await connection.request('PLAY', baseUrl!, { Session: session, Range: 'npt=0.000-' });
    if (played.statusCode !== 200) return { statusCode: played.statusCode, reason: played.reason };
    await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
    // A camera that sees no TEARDOWN can refuse for half a minute; its answer is not waited for long.
    await connection.request('TEARDOWN', baseUrl!, { Session: session }).catch(() => {});
    return { ...counter.figures(), transport, codec, video: depacketiser?.stream() ?? Buffer.alloc(0) };
  } finally {
    udp?.rtp.close();
    udp?.rtcp.close();
  }
}

/** Where to set the stream up: cameras join a relative name to the base with a slash, whatever RFC 3986 says. */
export function controlUrl(base: string, control: string | undefined): string {
  if (!control || control === '*') return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}

const PORT_ATTEMPTS = 20;

/** An even port and the one above it, as RTP wants them (RFC 3550 section 11). */
async function openPorts(address: string): Promise<{ rtp: Socket; rtcp: Socket; port: number }> {
  const type = isIPv6(address.replace(/^\[|\]$/g, '')) ? 'udp6' : 'udp4';
  const bound = async (port: number) => {
    const socket = createSocket(type);
    try {
      const listening = once(socket, 'listening');
      socket.bind(port);
      await listening;
      return socket;
    } catch {
      socket.close();
      return undefined;
    }
  };
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const rtp = await bound(0);
    const port = rtp?.address().port ?? 1;
    const rtcp = port % 2 === 0 ? await bound(port + 1) : undefined;
    if (rtp && rtcp) return { rtp, rtcp, port };
    rtp?.close();
    rtcp?.close();
  }
  throw new Error('no two UDP ports next to each other are free');
}
