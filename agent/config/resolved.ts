// The configuration as it comes out: defaults filled in, paths absolute, and nothing in it that could be a secret.

import { redactQuery } from '../shared/redact.ts';
import type { Config } from './schema.ts';

/** For showing; addresses may carry secrets in their query, so those are taken out. */
export function resolvedConfig(config: Config): Config {
  const { mqtt, webhook } = config.hits.alarms;
  return {
    ...config,
    cameras: config.cameras.map(withoutQuery),
    ...(config.uplink && {
      uplink: { ...withoutQuery(config.uplink), fallbacks: config.uplink.fallbacks.map(withoutQuery) },
    }),
    hits: {
      ...config.hits,
      alarms: {
        ...config.hits.alarms,
        ...(mqtt && { mqtt: withoutQuery(mqtt) }),
        ...(webhook && { webhook: withoutQuery(webhook) }),
      },
    },
  };
}

function withoutQuery<A extends { url: string }>(addressed: A): A {
  return { ...addressed, url: redactQuery(addressed.url) };
}
