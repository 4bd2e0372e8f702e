// Lays out what a package installs, in a folder that stands for the target's root.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { AnprError } from '../../agent/shared/errors.ts';
import { command, there } from './command.ts';
import { hostPackages } from './debian.ts';
import { elfMachine, filesBelow } from './files.ts';
import { completion, manPage } from './manual.ts';
import { neededPackages, packageOf } from './needed-policy.ts';
import { writeNotices } from './notices.ts';
import { makePlain } from './plain.ts';
import { unnamedHelpers, wanted } from './prune-policy.ts';
import { fetchNode, installPackages, type Lock, readLock } from './registry.ts';
import { type Contents, sbom } from './sbom.ts';
import { type Target, targets } from './target.ts';

const HOME = 'usr/lib/anpr-edge';
const DOCS = 'usr/share/doc/anpr-edge';
/** Where the project's own files go; training and what only a checkout needs stay behind. */
const OWN = [
  /^agent\//,
  // adapters are for the centre
  /^config\/(?!contract\/adapters\/)/,
  // the README's pictures are for its readers, measurements and formats for those who build and connect
  /^docs\/(?!images\/|benchmarks|adapters|render-traffic|accuracy|chaos)[^.]+\.md$/,
  /^models\/(?!training\/)/,
  /^scripts\/anpr(-service)?$/,
  /^(package\.json|LICENSE)$/,
];

export interface TreeOptions {
  /** the project's files, without anything else */
  root: string;
  /** an empty folder for what is fetched */
  scratch: string;
  version: string;
  nodeVersion: string;
  epochSeconds: number;
  say: (words: string) => void;
}

/**
 * Fills `stage` and gives the bill of materials.
 * @throws AnprError package.foreign-binary, and what fetching and notices throw
 */
export async function layOut(stage: string, target: Target, options: TreeOptions): Promise<object> {
  const { root, scratch, version, nodeVersion, epochSeconds, say } = options;
  const home = join(stage, HOME);
  copyOwn(root, home, version);
  makePlain(join(home, 'agent'));

  const came = join(scratch, `npm-${target.arch}`);
  installPackages(root, came, target);
  copyPackages(came, home, root, target);
  const node = fetchNode(nodeVersion, target, scratch);
  mkdirSync(join(home, 'bin'), { recursive: true });
  cpSync(join(node.folder, 'bin/node'), join(home, 'bin/node'));
  strip(home, target, say);
  onlyFor(home, target);

  const nodeName = `node-linux-${target.cpu}`;
  const contents: Contents = {
    version,
    arch: target.arch,
    epochSeconds,
    packages: packagesIn(readLock(root), came),
    node: { name: nodeName, version: nodeVersion, integrity: node.integrity },
    inside: {
      [nodeName]: insideNode(node.folder, nodeVersion, target, scratch),
      ...insidePackages(came, target),
    },
    models: modelsIn(home),
    host: hostPackages,
  };
  const bill = sbom(contents);
  const docs = join(stage, DOCS);
  writeNotices(root, came, node.folder, docs, contents);
  write(join(docs, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 1)}\n`);
  write(join(docs, 'changelog.gz'), gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }));
  await system(root, stage, version, epochSeconds);
  return bill;
}

function copyOwn(root: string, home: string, version: string): void {
  for (const path of filesBelow(root).filter((path) => OWN.some((pattern) => pattern.test(path)))) {
    if (/^config\/.*\.json$/.test(path)) write(join(home, path), dense(join(root, path)));
    else cpSync(join(root, path), join(home, path));
    chmodSync(join(home, path), path.startsWith('scripts/') ? 0o755 : 0o644);
  }
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  write(join(home, 'package.json'), `${JSON.stringify({ ...about, version }, null, 2)}\n`);
}

/** JSON without its white space. */
const dense = (file: string) => `${JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))}\n`;

function copyPackages(came: string, home: string, root: string, target: Target): void {
  const needed = neededPackages(readLock(root));
  for (const path of filesBelow(join(came, 'node_modules'))) {
    if (!needed.has(packageOf(`node_modules/${path}`)) || !wanted(path, target)) continue;
    cpSync(join(came, 'node_modules', path), join(home, 'node_modules', path));
    chmodSync(join(home, 'node_modules', path), 0o644); // some say of their licence that it is a program
  }
  const scripts = filesBelow(join(home, 'node_modules')).filter((path) => path.endsWith('.js'));
  const texts = scripts.map(
    (path) => [path, readFileSync(join(home, 'node_modules', path), 'utf8')] as const,
  );
  for (const path of unnamedHelpers(new Map(texts))) rmSync(join(home, 'node_modules', path));
  speakEnglish(join(home, 'node_modules/zod/v4/locales'));
}

/** zod has its messages in 50 languages, a file each, which every process would load; the agent uses one. */
function speakEnglish(folder: string): void {
  const index = join(folder, 'index.js');
  const english = /^export \{ default as en \} from .*$/m.exec(readFileSync(index, 'utf8'))?.[0];
  if (!english)
    throw new AnprError(
      'package.zod-changed',
      `wanted the English messages in ${index}`,
      'See how zod lays out its languages now, and change speakEnglish.',
    );
  for (const file of filesBelow(folder).filter((path) => !/^(en|index)\.js$|^package\.json$/.test(path)))
    rmSync(join(folder, file));
  writeFileSync(index, `${english}\n`);
}

/** The command, units, completion, man page, example. */
async function system(root: string, stage: string, version: string, epochSeconds: number): Promise<void> {
  const copy = (from: string, to: string) => write(join(stage, to), readFileSync(join(root, from)));
  // the help of what is in the package, not of what builds it
  const { buildProgram } = await import(pathToFileURL(join(stage, HOME, 'agent/cli/program.js')).href);
  const program: Command = buildProgram();
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/anpr-edge/scripts/anpr', join(stage, 'usr/bin/anpr'));
  const units = [
    'anpr.service',
    'anpr.path',
    'anpr-keys.service',
    'anpr-nightly.service',
    'anpr-nightly.timer',
  ];
  for (const unit of units) copy(`systemd/${unit}`, `usr/lib/systemd/system/${unit}`);
  copy('systemd/anpr.sysusers.conf', 'usr/lib/sysusers.d/anpr-edge.conf');
  copy('systemd/anpr.tmpfiles.conf', 'usr/lib/tmpfiles.d/anpr-edge.conf');
  copy('config/agent.example.yaml', 'etc/anpr/agent.example.yaml');
  const date = new Date(epochSeconds * 1000).toISOString().slice(0, 10);
  write(join(stage, 'usr/share/man/man1/anpr.1.gz'), gzipSync(manPage(program, version, date), { level: 9 }));
  write(join(stage, 'usr/share/bash-completion/completions/anpr'), completion(program));
}

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Symbols out of Node, which carries 18 MB of them, and better-sqlite3; libvips stays as it came, the others have none. */
function strip(home: string, { strippers, cpu }: Target, say: (words: string) => void): void {
  const stripper = strippers.find(there);
  const sqlite = `node_modules/better-sqlite3/prebuilds/linux-${cpu}.node`;
  if (stripper)
    command(stripper, ['--strip-unneeded', ...['bin/node', sqlite].map((path) => join(home, path))]);
  else say(`Node keeps its symbols (18 MB): none of ${strippers.join(', ')} is here`);
}

/** Nothing for another machine may have slipped in. */
function onlyFor(home: string, { elfMachine: machine, arch }: Target): void {
  for (const path of filesBelow(home)) {
    const full = join(home, path);
    const found = elfMachine(full);
    if (found !== undefined) chmodSync(full, path.startsWith('bin/') ? 0o755 : 0o644);
    if (found === undefined ? !/\.(node|so|dylib|dll|exe)(\.|$)/.test(path) : found === machine) continue;
    throw new AnprError(
      'package.foreign-binary',
      `${path} is not for ${arch}`,
      'Leave it out in prune-policy.ts.',
    );
  }
}

function packagesIn(lock: Lock, came: string): Contents['packages'] {
  const needed = neededPackages(lock);
  return Object.entries(lock)
    .filter(([path]) => needed.has(path) && existsSync(join(came, path)))
    .map(([path, locked]) => ({ path, name: path.slice(path.lastIndexOf('node_modules/') + 13), locked }))
    .filter(({ name }) => !name.startsWith('@types/'));
}

const OTHER_NUMBERS = new Set(['node', 'modules', 'napi']);

/** What Node itself says that it is made of. One for another machine cannot be asked: then the same version for this one is. */
function insideNode(
  folder: string,
  version: string,
  { cpu }: Target,
  scratch: string,
): Record<string, string> {
  const here = Object.values(targets).find((target) => target.cpu === process.arch);
  if (!here)
    throw new AnprError(
      'package.machine',
      `wanted a machine of ${Object.keys(targets).join(' or ')} to build on, found ${process.arch}`,
      'Build the package on such a machine.',
    );
  const runs = here.cpu === cpu ? folder : fetchNode(version, here, scratch).folder;
  const said = command(join(runs, 'bin/node'), ['-p', 'JSON.stringify(process.versions)']);
  const versions = Object.entries<string>(JSON.parse(said));
  return Object.fromEntries(versions.filter(([name, found]) => found !== '' && !OTHER_NUMBERS.has(name)));
}

/** The libraries inside libvips' shared object, as its makers list them, and the SQLite inside its addon. */
function insidePackages(came: string, { cpu }: Target): Contents['inside'] {
  const libvips = `@img/sharp-libvips-linux-${cpu}`;
  const read = (path: string) => readFileSync(join(came, 'node_modules', path), 'utf8');
  const header = 'better-sqlite3/deps/sqlite3/sqlite3.h';
  const sqlite = /^#define SQLITE_VERSION\s+"([\d.]+)"/m.exec(read(header))?.[1];
  if (sqlite === undefined)
    throw new AnprError(
      'package.sqlite-unknown',
      `wanted SQLite's version in ${header}`,
      'See where better-sqlite3 has it now, and change insidePackages.',
    );
  return { [libvips]: JSON.parse(read(`${libvips}/versions.json`)), 'better-sqlite3': { sqlite } };
}

function modelsIn(home: string): Contents['models'] {
  const manifests = filesBelow(join(home, 'models')).filter((path) => path.endsWith('/manifest.json'));
  return manifests.map((path) => {
    const folder = `models/${dirname(path)}`;
    const { name, kind, version, licence, file } = JSON.parse(
      readFileSync(join(home, 'models', path), 'utf8'),
    );
    const weights = readFileSync(join(home, folder, file));
    const sha256 = createHash('sha256').update(weights).digest('hex');
    return { path: `${folder}/${file}`, kind, name, version, licence, sha256 };
  });
}
