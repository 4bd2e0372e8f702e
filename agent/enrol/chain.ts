// Whether an authority vouches for a certificate. Node has no call for a chain, so a TLS handshake inside this process
// judges it as a broker will: OpenSSL looks at signatures, dates, basic constraints and purpose.

import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect, createServer } from 'node:tls';
import { codeOf, messageOf } from '../shared/errors.ts';

const TIMEOUT_MS = 10_000;

/**
 * Why the chain is not to be trusted, as OpenSSL names it (`UNABLE_TO_VERIFY_LEAF_SIGNATURE` …); null when it is.
 * @param chain the client's certificate, then those between it and the authority, PEM
 * @param key its private key, PEM
 * @param ca authorities, PEM
 */
export async function mistrustOf(chain: string, key: string, ca: string): Promise<string | null> {
  const [theirs, ours] = duplexPair();
  const server = createServer({
    cert: chain,
    key,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
    // the client has sent its certificate before the server says that the handshake is over
    maxVersion: 'TLSv1.2',
  });
  const client = connect({
    socket: ours,
    cert: chain,
    key,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
  });
  client.on('error', () => {}); // what counts is the server's verdict
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    server.emit('connection', theirs);
    const failed = once(server, 'tlsClientError', { signal }).then(([error]) => Promise.reject(error));
    const [socket] = await Promise.race([once(server, 'secureConnection', { signal }), failed]);
    if (socket.authorized) return null;
    const error: unknown = socket.authorizationError;
    return error instanceof Error ? codeOf(error) : String(error);
  } catch (error) {
    const code = codeOf(error);
    return code === 'internal' ? messageOf(error) : code;
  } finally {
    client.destroy();
    theirs.destroy();
    ours.destroy();
    server.close();
  }
}
