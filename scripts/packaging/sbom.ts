// The bill of materials of a package, CycloneDX 1.6 as JSON: every npm package with the lock file's hash and its licence, the
// Node inside, what is built into binaries (OpenSSL in Node, SQLite, the libraries of libvips), the models, and what the host
// has to bring, ffmpeg first of all: it takes apart what comes from the network, and is not in the package.

import { createHash } from 'node:crypto';
import type { LockedPackage } from './registry.ts';

/** What lies in the staged tree. */
export interface Contents {
  version: string;
  arch: string;
  /** seconds since 1970, time stamp of the document */
  epochSeconds: number;
  /** npm packages with their path in the tree, `node_modules/zod` */
  packages: readonly { path: string; name: string; locked: LockedPackage }[];
  node: { name: string; version: string; integrity: string };
  /** name of an npm package, or of Node's → what is built into its binary: name → version */
  inside: Readonly<Record<string, Readonly<Record<string, string>>>>;
  models: readonly Model[];
  /** Debian's packages that the host has to bring */
  host: readonly HostPackage[];
}

interface Model {
  /** of the weights, in the package: `models/reader/crnn-v1/model.onnx` */
  path: string;
  kind: string;
  name: string;
  version: string;
  licence: string;
  /** hexadecimal */
  sha256: string;
}

export interface HostPackage {
  name: string;
  /** as in Debian's control file: `libc6 (>= 2.34)` */
  relation: string;
  scope: 'required' | 'optional';
}

interface Component {
  type: 'application' | 'library' | 'machine-learning-model';
  'bom-ref': string;
  name: string;
  version?: string;
  description?: string;
  scope?: HostPackage['scope'];
  group?: string;
  purl?: string;
  hashes?: { alg: 'SHA-256' | 'SHA-512'; content: string }[];
  licenses?: ({ license: { id: string } } | { expression: string })[];
  components?: Component[];
  externalReferences?: { type: 'model-card'; url: string }[];
  properties?: { name: string; value: string }[];
}

/** The document; the same contents give the same bytes. */
export function sbom(contents: Contents): object {
  const root = `pkg:deb/anpr-edge/anpr-edge@${contents.version}?arch=${contents.arch}`;
  const node = nodeComponent(contents);
  const libraries = contents.packages.map((one) => npmComponent(one, contents.inside));
  const models = contents.models.map(modelComponent);
  const host = contents.host.map(hostComponent);
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(contents.epochSeconds * 1000).toISOString(),
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': root,
        name: 'anpr-edge',
        version: contents.version,
        purl: root,
        licenses: licences('Apache-2.0'),
      },
    },
    components: [node, ...libraries, ...models, ...host],
    dependencies: dependencies(
      contents,
      root,
      [node, ...models, ...host].map((one) => one['bom-ref']),
    ),
  };
  return { $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', ...numbered(document) };
}

/** The document with a serial number that follows from its content (a version 8 UUID). */
function numbered<T extends object>(document: T): T & { serialNumber: string } {
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex');
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  return { ...document, serialNumber: `urn:uuid:${uuid}` };
}

function nodeComponent({ node: { name, version, integrity }, inside }: Contents): Component {
  const purl = `pkg:npm/${name}@${version}`;
  return {
    type: 'application',
    'bom-ref': purl,
    name,
    version,
    purl,
    hashes: hashes(integrity),
    licenses: licences('MIT'),
    ...builtIn(purl, inside[name]),
  };
}

function modelComponent({ path, kind, name, version, licence, sha256 }: Model): Component {
  return {
    type: 'machine-learning-model',
    'bom-ref': path,
    name,
    version,
    description: kind,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    licenses: licences(licence),
    externalReferences: [{ type: 'model-card', url: path.replace(/[^/]+$/, 'CARD.md') }],
  };
}

/** Which version it is, the host knows. */
function hostComponent({ name, relation, scope }: HostPackage): Component {
  return {
    type: name.startsWith('lib') ? 'library' : 'application',
    'bom-ref': `host:${name}`,
    name,
    description: "not in the package: the host's",
    scope,
    properties: [{ name: 'debian:relation', value: relation }],
  };
}

/** What a binary has inside that no package manager sees. */
function builtIn(
  ref: string,
  libraries: Readonly<Record<string, string>> = {},
): { components?: Component[] } {
  const components = Object.entries(libraries).map(
    ([name, version]): Component => ({ type: 'library', 'bom-ref': `${ref}#${name}`, name, version }),
  );
  return components.length > 0 ? { components } : {};
}

function npmComponent(
  { name, path, locked }: Contents['packages'][number],
  inside: Contents['inside'],
): Component {
  const [group, short] = name.startsWith('@') ? name.split('/') : [undefined, name];
  return {
    type: 'library',
    'bom-ref': refOf(path, name, locked.version),
    ...(group ? { group } : {}),
    name: short ?? name,
    version: locked.version,
    purl: purlOf(name, locked.version),
    ...(locked.integrity ? { hashes: hashes(locked.integrity) } : {}),
    ...(locked.license ? { licenses: licences(locked.license) } : {}),
    ...builtIn(purlOf(name, locked.version), inside[name]),
  };
}

/** Who needs whom, found as Node finds packages: in the nearest node_modules upwards. */
function dependencies({ packages }: Contents, root: string, others: readonly string[]): object[] {
  const refs = new Map(packages.map(({ path, name, locked }) => [path, refOf(path, name, locked.version)]));
  const resolve = (from: string, name: string): string | undefined => {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      const found = refs.get(at ? `${at}/node_modules/${name}` : `node_modules/${name}`);
      if (found || !at) return found;
      if (!at.includes('/node_modules/')) at = '';
    }
  };
  const inside = new Set<string>();
  const lines = packages.map(({ path, locked }) => {
    const names = { ...locked.dependencies, ...locked.optionalDependencies, ...locked.peerDependencies };
    const dependsOn = Object.keys(names)
      .map((name) => resolve(path, name))
      .filter((ref) => ref !== undefined);
    for (const ref of dependsOn) inside.add(ref);
    return { ref: refs.get(path), dependsOn: [...new Set(dependsOn)].sort() };
  });
  const direct = [...refs.values()].filter((ref) => !inside.has(ref)).sort();
  return [{ ref: root, dependsOn: [...others, ...direct] }, ...lines];
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** The same version may lie in two places; a reference must be there once. */
function refOf(path: string, name: string, version: string): string {
  const purl = purlOf(name, version);
  return path === `node_modules/${name}` ? purl : `${purl}#${path}`;
}

function hashes(integrity: string): { alg: 'SHA-512'; content: string }[] {
  const [algorithm, base64] = integrity.split('-', 2);
  return algorithm === 'sha512' && base64
    ? [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }]
    : [];
}

function licences(licence: string): ({ license: { id: string } } | { expression: string })[] {
  return / /.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }];
}
