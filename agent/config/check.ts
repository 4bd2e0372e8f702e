// Everything there is to say about a configuration file, without throwing: for `anpr config check` and the doctor.

import { existsSync } from 'node:fs';
import { AnprError, codeOf } from '../shared/errors.ts';
import { readSecret } from '../shared/secret-file.ts';
import { namedFiles } from './files.ts';
import { ConfigError, type LoadOptions, loadConfig } from './load.ts';
import type { Config } from './schema.ts';

export interface ConfigCheck {
  /** undefined when there are problems */
  config: Config | undefined;
  error: ConfigError | undefined;
  warnings: string[];
}

/** Throws only when the file itself is not there or not readable. */
export function checkConfig(file: string, options: LoadOptions = {}): ConfigCheck {
  const warnings: string[] = [];
  let config: Config;
  try {
    config = loadConfig(file, options);
  } catch (error) {
    if (error instanceof ConfigError) return { config: undefined, error, warnings };
    throw error;
  }
  if (config.cameras.length === 0) warnings.push('no camera is configured');
  if (!config.uplink) warnings.push('no uplink is configured: reads stay in the journal');
  for (const { path: secret, isSecret } of namedFiles(config)) {
    // Credentials that only the unit sees, and files that only the agent may read, are looked at when it starts.
    if (!isSecret || !existsSync(secret)) continue;
    try {
      readSecret(secret, { ...options, warn: (message) => warnings.push(message) });
    } catch (error) {
      if (codeOf(error) !== 'config.secret' || !(error instanceof AnprError)) throw error;
      warnings.push(error.message);
    }
  }
  return { config, error: undefined, warnings };
}
