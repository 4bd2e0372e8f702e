// What the project lets in: named exactly, vouched for by a hash, under a licence that may be in the package, and running
// nothing when it is installed.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { neededPackages } from '../../scripts/packaging/needed-policy.ts';
import { licenceAllowed } from '../../scripts/packaging/prune-policy.ts';
import { readLock } from '../../scripts/packaging/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const own = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const lock = readLock(root);
/** binaries of sharp for machines that no package is built for */
const ELSEWHERE = /^node_modules\/@img\/sharp-(?!(?:libvips-)?linux-(?:x64|arm64)$)/;

test('each version is exact, and each package has its hash', async (t) => {
  for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies }))
    t.match(version, /^\d+\.\d+\.\d+$/, name);
  const others = Object.entries(lock).filter(([path]) => path !== '');
  t.ok(others.length > 100);
  for (const [path, { integrity }] of others)
    if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? '')) t.fail(`${path}: ${integrity}`);
});

test('licences of what a box gets', async (t) => {
  const needed = [...neededPackages(lock)].filter((path) => !ELSEWHERE.test(path));
  for (const machine of ['linux-x64', 'linux-arm64'])
    t.ok(needed.includes(`node_modules/@img/sharp-libvips-${machine}`), machine);
  for (const path of needed) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence = lock[path]?.license ?? '';
    t.ok(licenceAllowed(name, licence), `${name}: ${licence}`);
  }
});

test('nothing runs at an installation', async (t) => {
  const scripts = Object.entries(lock).filter(([, locked]) => 'hasInstallScript' in locked);
  for (const [path] of scripts)
    t.equal(own.allowScripts[path.slice(path.lastIndexOf('node_modules/') + 13)], false, path);
});
