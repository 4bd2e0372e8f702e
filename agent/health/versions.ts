// The versions of what the agent is made of, read off the packages themselves: nothing native is loaded for it.

import { readFileSync } from 'node:fs';

const PARTS = [
  'better-sqlite3',
  'mqtt',
  'onnxruntime-node',
  'sharp',
  'pino',
  'yaml',
  'zod',
  'commander',
] as const;

export interface Versions {
  anpr: string;
  node: string;
  /** null: the package is not there */
  packages: Record<(typeof PARTS)[number], string | null>;
}

export function versions(): Versions {
  const anpr = versionIn(new URL('../../package.json', import.meta.url))!;
  const packages = Object.fromEntries(
    PARTS.map((name) => [
      name,
      versionIn(new URL(`../../node_modules/${name}/package.json`, import.meta.url)),
    ]),
  ) as Versions['packages'];
  return { anpr, node: process.versions.node, packages };
}

function versionIn(file: URL): string | null {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}
