// Where Prometheus asks: one address of HTTP, and nothing else, on the address and port of the configuration. Only numbers go
// out of it. A port that is taken, or an address that is not there yet, stops nothing: it is tried again.

import { createServer, type Server } from 'node:http';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { CONTENT_TYPE } from './exposition.ts';

export interface ListenerOptions {
  address: string;
  port: number;
  text(): Promise<string>;
  log: Logger;
  /** until a place that cannot be had is tried again */
  againMs?: number;
}

const AGAIN_MS = 30_000;
/** A scraper needs one; a handful for whoever looks by hand. */
const MAX_CONNECTIONS = 16;
const REQUEST_TIMEOUT_MS = 5000;

export interface Listener {
  /** the port that is listened on; null while there is none */
  port(): number | null;
  close(): Promise<void>;
}

export function startListener({ address, port, text, log, againMs = AGAIN_MS }: ListenerOptions): Listener {
  let again: NodeJS.Timeout | undefined;
  let closed = false;
  const server: Server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const path = request.url?.split('?')[0];
    if (path !== '/metrics') answer(404, 'text/plain', 'only /metrics is here\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'text/plain', 'wanted GET\n');
    else
      text().then(
        (body) => answer(200, CONTENT_TYPE, body),
        (error) => {
          log.warn({ code: codeOf(error) }, `the metrics could not be gathered: ${messageOf(error)}`);
          answer(503, 'text/plain', 'not now\n');
        },
      );
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('error', (error) => {
    log.warn(
      { address, port, code: codeOf(error) },
      `metrics cannot be asked for there: ${messageOf(error)}`,
    );
    if (closed || server.listening) return;
    again = setTimeout(listen, againMs);
    again.unref();
  });
  server.on('listening', () => log.info({ address, port: portOf(server) }, 'metrics can be asked for'));
  const listen = () => server.listen(port, address);
  listen();
  return {
    port: () => portOf(server),
    async close() {
      closed = true;
      clearTimeout(again);
      if (!server.listening) return;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : null;
}
