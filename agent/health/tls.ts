// A TLS handshake looked at closely: it is let through even when the chain cannot be trusted, so that the reason and
// the dates can be told.

import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { codeOf, messageOf } from '../shared/errors.ts';

export interface TlsFacts {
  protocol: string | null;
  /** why the chain is not trusted, as OpenSSL names it; null when it is */
  mistrust: string | null;
  subject: string;
  issuer: string;
  names: string | undefined;
  validFrom: Date;
  validTo: Date;
  /** the broker's certificate and those above it that it showed or this box knows, nearest first */
  chain: { subject: string; validTo: Date }[];
}

export interface Target {
  host: string;
  port: number;
  /** the name that the certificate must be for */
  serverName: string;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Opens and closes a TCP connection. Rejects with the system's error or a time-out. */
export async function openTcp(
  target: Pick<Target, 'host' | 'port' | 'timeoutMs' | 'signal'>,
): Promise<{ ms: number; localAddress: string | undefined }> {
  const started = performance.now();
  const socket = connectTcp({ host: target.host, port: target.port });
  const localAddress = await settled(socket, 'connect', target, () => socket.localAddress);
  return { ms: performance.now() - started, localAddress };
}

/** Rejects when no handshake comes about at all. */
export function lookAtTls(target: Target): Promise<TlsFacts> {
  const socket = connectTls({
    host: target.host,
    port: target.port,
    ...(isIP(target.serverName) ? {} : { servername: target.serverName }),
    ...(target.ca === undefined ? {} : { ca: target.ca }),
    ...(target.cert === undefined ? {} : { cert: target.cert }),
    ...(target.key === undefined ? {} : { key: target.key }),
    rejectUnauthorized: false,
  });
  return settled(socket, 'secureConnect', target, () => {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new Error('the broker showed no certificate');
    return {
      protocol: socket.getProtocol(),
      mistrust: mistrustOf(socket.authorizationError, certificate, target.serverName),
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      names: certificate.subjectAltName,
      validFrom: certificate.validFromDate,
      validTo: certificate.validToDate,
      chain: chainOf(certificate),
    };
  });
}

/** Node gives the chain's error as its code; the host name is checked here once more, since it is checked last there. */
function mistrustOf(
  error: Error | string | undefined,
  certificate: X509Certificate,
  serverName: string,
): string | null {
  if (error)
    return typeof error === 'string'
      ? error
      : codeOf(error) === 'internal'
        ? messageOf(error)
        : codeOf(error);
  const named = isIP(serverName) ? certificate.checkIP(serverName) : certificate.checkHost(serverName);
  return named ? null : 'ERR_TLS_CERT_ALTNAME_INVALID';
}

function settled<T>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { timeoutMs, signal }: Pick<Target, 'timeoutMs' | 'signal'>,
  look: () => T,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const done = (end: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onLate);
      socket.destroy();
      end();
    };
    const onLate = () => done(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)));
    const timer = setTimeout(onLate, timeoutMs);
    signal.addEventListener('abort', onLate, { once: true });
    socket.on('error', (error) => done(() => reject(error)));
    socket.once(event, () => {
      try {
        const value = look();
        done(() => resolve(value));
      } catch (error) {
        done(() => reject(error));
      }
    });
    if (signal.aborted) onLate();
  });
}

const oneLine = (name: string) => name.replaceAll('\n', ', ');

/** The last one is its own issuer; one that this box does not know has none. */
function chainOf(first: X509Certificate): TlsFacts['chain'] {
  const chain: TlsFacts['chain'] = [];
  const seen = new Set<string>();
  for (
    let certificate: X509Certificate | undefined = first;
    certificate && !seen.has(certificate.fingerprint256);
    certificate = certificate.issuerCertificate
  ) {
    seen.add(certificate.fingerprint256);
    const name = /^(?:CN|O)=(.*)$/m.exec(certificate.subject)?.[1];
    chain.push({ subject: name ?? 'unnamed', validTo: certificate.validToDate });
  }
  return chain;
}
