// RTSP messages (RFC 2326, which cameras speak) as text: one request out, one response in. The parser trusts nothing:
// what answers on a camera's port may be anything. Pure.

export interface RtspResponse {
  statusCode: number;
  reason: string;
  /** names in lower case; a header that came several times has several values */
  headers: Map<string, string[]>;
  body: string;
  /** of the whole response, head and body */
  lengthBytes: number;
}

/** What came is no RTSP. */
export class NotRtsp extends Error {}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
const MAX_BODY_BYTES = 64 * 1024;
/** `RTSP/` and a version, as far as it has come: garbage is told apart by its first bytes, without waiting for more */
const BEGIN = 'RTSP/';

export function requestText(method: string, url: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${url} RTSP/1.0`, ...lines, '', ''].join('\r\n');
}

/**
 * The response at the start of `data`: undefined while it is not complete. Throws NotRtsp for what cannot become one.
 */
export function parseResponse(data: Buffer): RtspResponse | undefined {
  const begin = data.subarray(0, BEGIN.length).toString('latin1');
  if (!BEGIN.startsWith(begin)) throw new NotRtsp(`it begins with ${shown(data)}`);
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) {
    if (data.length > MAX_HEAD_BYTES) throw new NotRtsp(`a head of more than ${MAX_HEAD_BYTES} bytes`);
    return undefined;
  }
  if (end > MAX_HEAD_BYTES) throw new NotRtsp(`a head of ${end} bytes`);
  const [first, ...lines] = data.subarray(0, end).toString('latin1').split('\r\n');
  const status = /^RTSP\/[12]\.0 ([1-5]\d\d)(?: (.*))?$/.exec(first!);
  if (!status) throw new NotRtsp(`a status line ${JSON.stringify(first!.slice(0, 60))}`);
  if (lines.length > MAX_HEADERS) throw new NotRtsp(`${lines.length} headers`);
  const headers = headersOf(lines);
  const length = bodyLength(headers);
  const bodyStart = end + 4;
  if (data.length < bodyStart + length) return undefined;
  return {
    statusCode: Number(status[1]),
    reason: status[2] ?? '',
    headers,
    body: data.subarray(bodyStart, bodyStart + length).toString('utf8'),
    lengthBytes: bodyStart + length,
  };
}

function headersOf(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new NotRtsp(`a header ${JSON.stringify(line.slice(0, 60))}`);
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return headers;
}

function bodyLength(headers: Map<string, string[]>): number {
  const text = headers.get('content-length')?.[0];
  if (text === undefined) return 0;
  const length = Number(text);
  if (!/^\d+$/.test(text) || length > MAX_BODY_BYTES)
    throw new NotRtsp(`a Content-Length of ${JSON.stringify(text.slice(0, 20))}`);
  return length;
}

function shown(data: Buffer): string {
  return JSON.stringify(data.subarray(0, 16).toString('latin1'));
}
