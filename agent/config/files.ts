// The files that a configuration names: relative ones start at the configuration's own folder, and those that must be
// there already (certificates, secrets) are looked for when it is loaded, so that a typo shows with its line.

import { statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { type SecretOptions, secretPath } from '../shared/secret-file.ts';
import { type Finding, valueAt } from './problems.ts';
import type { Config } from './schema.ts';
import { type Path, pathText } from './shape.ts';

type BrokerFiles = Partial<Record<'caFile' | 'certFile' | 'keyFile' | 'passwordFile', string | undefined>>;

export interface NamedFile {
  path: string;
  /** a password or a private key; else a certificate */
  isSecret: boolean;
}

/** The files that a configuration names for logins and TLS, each once: of cameras, brokers and alarms on the spot. */
export function namedFiles({ cameras, uplink, hits }: Config): NamedFile[] {
  const { mqtt, webhook } = hits.alarms;
  const groups: BrokerFiles[] = [
    ...cameras.map(({ passwordFile }) => ({ passwordFile })),
    ...(uplink ? [uplink, ...uplink.fallbacks] : []),
    ...(mqtt ? [mqtt] : []),
    ...(webhook ? [webhook] : []),
  ];
  const named = new Map<string, NamedFile>();
  // certificate and key may lie in one file
  for (const { caFile, certFile, keyFile, passwordFile } of groups)
    for (const [path, isSecret] of [
      ...[caFile, certFile].map((file) => [file, false] as const),
      ...[keyFile, passwordFile].map((file) => [file, true] as const),
    ])
      if (path !== undefined && (isSecret || !named.has(path))) named.set(path, { path, isSecret });
  return [...named.values()];
}

/** The same configuration with every file name absolute. */
export function withAbsolutePaths(config: Config, file: string, options: SecretOptions = {}): Config {
  const folder = dirname(resolve(file));
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const secret = (path: string) => secretPath(path, { ...options, folder });
  const { uplink } = config;
  const { mqtt, webhook, ...alarms } = config.hits.alarms;
  const broker = <B extends BrokerFiles>(files: B): B => ({
    ...files,
    ...(files.caFile !== undefined && { caFile: absolute(files.caFile) }),
    ...(files.certFile !== undefined && { certFile: absolute(files.certFile) }),
    ...(files.keyFile !== undefined && { keyFile: secret(files.keyFile) }),
    ...(files.passwordFile !== undefined && { passwordFile: secret(files.passwordFile) }),
  });
  return {
    ...config,
    cameras: config.cameras.map((camera) => ({
      ...camera,
      ...(camera.passwordFile !== undefined && { passwordFile: secret(camera.passwordFile) }),
    })),
    models: {
      ...config.models,
      ...(config.models.directory !== undefined && { directory: absolute(config.models.directory) }),
    },
    journal: { ...config.journal, path: absolute(config.journal.path) },
    evidence: { ...config.evidence, directory: absolute(config.evidence.directory) },
    watchlists: { ...config.watchlists, directory: absolute(config.watchlists.directory) },
    hits: {
      ...config.hits,
      alarms: {
        ...alarms,
        ...(mqtt && { mqtt: broker(mqtt) }),
        ...(webhook && { webhook: broker(webhook) }),
      },
    },
    api: { ...config.api, socket: absolute(config.api.socket) },
    ...(uplink && { uplink: { ...broker(uplink), fallbacks: uplink.fallbacks.map(broker) } }),
  };
}

/**
 * Findings for files that `data`, the configuration as written, names and that are not there. A bare name outside the
 * unit may be a systemd credential that only the unit sees: not a finding. Neither is a recorded video: its camera
 * says so itself, and the others go on.
 */
export function missingFiles(data: unknown, file: string, options: SecretOptions = {}): Finding[] {
  const folder = dirname(resolve(file));
  const inUnit = Boolean((options.environment ?? process.env).CREDENTIALS_DIRECTORY);
  const cameras = valueAt(data, ['cameras']);
  const further = valueAt(data, ['uplink', 'fallbacks']);
  const fallbacks: Path[] = Array.isArray(further)
    ? further.map((_, index) => ['uplink', 'fallbacks', index])
    : [];
  const places: Path[] = [
    ...(Array.isArray(cameras) ? cameras.map((_, index) => ['cameras', index, 'passwordFile']) : []),
    ...[['uplink'], ['hits', 'alarms', 'mqtt'], ['hits', 'alarms', 'webhook'], ...fallbacks].flatMap(
      (broker) => ['caFile', 'certFile', 'keyFile', 'passwordFile'].map((key) => [...broker, key]),
    ),
  ];
  const findings: Finding[] = [];
  for (const path of places) {
    const name = valueAt(data, path);
    if (typeof name !== 'string') continue;
    const secret = path.at(-1) === 'passwordFile' || path.at(-1) === 'keyFile';
    if (secret && !name.includes('/') && !inUnit) continue;
    const wanted = secret ? secretPath(name, { ...options, folder }) : resolve(folder, name);
    const found = whyNoFile(wanted);
    if (found)
      findings.push({ path, message: `${pathText(path)}: wanted a file at ${wanted}, found ${found}` });
  }
  return findings;
}

function whyNoFile(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return 'no such file';
    return stats.isDirectory() ? 'a folder' : undefined;
  } catch {
    return undefined; // a folder that this user may not look into: whoever runs the agent may
  }
}
