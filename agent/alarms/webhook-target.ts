// A webhook: a POST with the hit as JSON. Over TLS both sides prove who they are where a certificate is configured.

import { readFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { AnprError, messageOf } from '../shared/errors.ts';
import type { Target } from './alarms.ts';

export interface WebhookTargetOptions {
  url: string;
  caFile?: string | undefined;
  certFile?: string | undefined;
  /** the private key of certFile, read anew each time */
  secrets(): { key?: string | Buffer };
}

const TIMEOUT_MS = 10_000;

export function webhookTarget(options: WebhookTargetOptions): Target {
  const url = new URL(options.url);

  function post(json: string, signal: AbortSignal): Promise<number> {
    const { caFile, certFile } = options;
    const { key } = options.secrets();
    const tls = {
      ...(caFile !== undefined && { ca: readFileSync(caFile) }),
      ...(certFile !== undefined && { cert: readFileSync(certFile) }),
      ...(key !== undefined && { key }),
    };
    const send = url.protocol === 'https:' ? secure : plain;
    const body = Buffer.from(json);
    return new Promise((resolve, reject) => {
      const sent = send(
        url,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': body.length },
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
          agent: false,
          ...tls,
        },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
          response.once('error', reject);
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  return {
    name: 'webhook',
    async raise(json, signal) {
      const status = await post(json, signal).catch((error) => {
        throw failed(messageOf(error), error);
      });
      if (status < 200 || status > 299) throw failed(`HTTP status ${status}`);
    },
    close: async () => {},
  };

  function failed(why: string, cause?: unknown): AnprError {
    const where = `${url.origin}${url.pathname}`;
    return new AnprError(
      'alarm.webhook',
      `the webhook for alarms at ${where} does not take it: ${why}`,
      'Check hits.alarms.webhook.',
      { cause },
    );
  }
}
