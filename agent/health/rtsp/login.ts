// Logging in to a camera: which of the ways that it offers is taken, and the header that proves the password. Digest
// (RFC 7616; RFC 2069 without qop) before Basic, which shows the password to the network. Pure but for the client's
// nonce, which is handed in.

import { createHash } from 'node:crypto';

export interface Challenge {
  scheme: 'digest' | 'basic';
  /** `realm`, `nonce`, `algorithm`, `qop`, `opaque` as the camera gave them */
  parameters: Record<string, string>;
}

export interface Login {
  username: string;
  password: string;
}

const HASHES: Record<string, string> = { md5: 'md5', 'sha-256': 'sha256' };

/** The best of the WWW-Authenticate headers: digest with SHA-256, with MD5, then basic; undefined when none can be met. */
export function bestChallenge(headers: readonly string[]): Challenge | undefined {
  const challenges = headers.map(challengeOf).filter((challenge) => challenge !== undefined);
  const rank = ({ scheme, parameters }: Challenge) =>
    scheme === 'basic' ? 0 : parameters.algorithm?.toLowerCase() === 'sha-256' ? 2 : 1;
  return challenges.sort((a, b) => rank(b) - rank(a))[0];
}

function challengeOf(header: string): Challenge | undefined {
  const match = /^(digest|basic)\b\s*(.*)$/is.exec(header.trim());
  if (!match) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, name, quoted, plain] of match[2]!.matchAll(/([a-z-]+)\s*=\s*(?:"([^"]*)"|([^\s",]+))/gi))
    parameters[name!.toLowerCase()] = quoted ?? plain ?? '';
  const scheme = match[1]!.toLowerCase() as Challenge['scheme'];
  if (scheme === 'basic') return { scheme, parameters };
  const usable = parameters.nonce !== undefined && HASHES[(parameters.algorithm ?? 'MD5').toLowerCase()];
  return usable ? { scheme, parameters } : undefined;
}

export interface LoginRequest {
  method: string;
  uri: string;
  clientNonce: string;
  /** how often the camera's nonce was used, this time included; default 1 */
  count?: number;
}

/** The Authorization header's value. */
export function authorization(
  { scheme, parameters }: Challenge,
  { username, password }: Login,
  { method, uri, clientNonce, count = 1 }: LoginRequest,
): string {
  if (scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const { realm = '', nonce = '', opaque, algorithm } = parameters;
  const hash = (text: string) =>
    createHash(HASHES[(algorithm ?? 'MD5').toLowerCase()]!)
      .update(text)
      .digest('hex');
  const secret = hash(`${username}:${realm}:${password}`);
  const request = hash(`${method}:${uri}`);
  const withQop = parameters.qop?.split(',').some((way) => way.trim().toLowerCase() === 'auth');
  const uses = count.toString(16).padStart(8, '0');
  const response = withQop
    ? hash(`${secret}:${nonce}:${uses}:${clientNonce}:auth:${request}`)
    : hash(`${secret}:${nonce}:${request}`);
  const fields = [
    `username="${quoted(username)}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(withQop ? ['qop=auth', `nc=${uses}`, `cnonce="${clientNonce}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

const quoted = (text: string) => text.replaceAll(/["\\]/g, '\\$&');
