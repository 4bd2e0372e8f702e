// Builds the npm package @anpr-edge/contract out of agent/contract and agent/seal: JavaScript and types, JSON Schemas,
// AsyncAPI. Nothing in it is written by hand but its README and the contract's changelog. With --pack it becomes a .tgz.
// Usage: node scripts/contract-package.ts FOLDER [--pack]

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CONTRACT_RELEASE } from '../agent/contract/index.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

export const PACKAGE_NAME = '@anpr-edge/contract';

/** What npm is told. Versions are those of the agent's own dependencies: it is checked against these. */
function packageJson(): Record<string, unknown> {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    name: PACKAGE_NAME,
    version: CONTRACT_RELEASE,
    description:
      'What boxes of anpr-edge and a central platform say to each other: types, validators, topics, chain check',
    license: own.license,
    type: 'module',
    engines: own.engines,
    exports: {
      '.': {
        types: './dist/scripts/contract-package/index.d.ts',
        default: './dist/scripts/contract-package/index.js',
      },
      './adapters': {
        types: './dist/config/contract/adapters/index.d.ts',
        default: './dist/config/contract/adapters/index.js',
      },
      './asyncapi.yaml': './schemas/asyncapi.yaml',
      './schemas/*': './schemas/*',
      './package.json': './package.json',
    },
    files: ['dist', 'schemas', 'CHANGELOG.md'],
    dependencies: { zod: own.dependencies.zod },
    peerDependencies: { '@types/node': '>=24' },
    peerDependenciesMeta: { '@types/node': { optional: true } },
  };
}

/** Writes the package into `folder`, which is made. */
export function buildContractPackage(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const settings = mkdtempSync(join(tmpdir(), 'anpr-contract-'));
  try {
    const project = join(settings, 'tsconfig.json');
    writeFileSync(
      project,
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: {
          ...{
            noEmit: false,
            declaration: true,
            rewriteRelativeImportExtensions: true,
            allowImportingTsExtensions: false,
          },
          ...{ rootDir: root, outDir: join(folder, 'dist'), target: 'es2024' },
          typeRoots: [join(root, 'node_modules/@types')],
        },
        include: [],
        files: [
          join(root, 'scripts/contract-package/index.ts'),
          join(root, 'config/contract/adapters/index.ts'),
        ],
      }),
    );
    runBare(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project]);
  } finally {
    rmSync(settings, { recursive: true, force: true });
  }
  cpSync(join(root, 'config/contract'), join(folder, 'schemas'), {
    recursive: true,
    // Sources: they are in dist.
    filter: (path) => basename(path) !== 'adapters',
  });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  for (const name of ['README.md', 'CHANGELOG.md'])
    copyFileSync(join(root, 'scripts/contract-package', name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`);
}

/** Runs a program without what the caller's own loaders (a test runner's) would do to it; returns what it says. */
export function runBare(command: string, args: readonly string[], cwd?: string): string {
  return execFileSync('env', ['-u', 'NODE_OPTIONS', command, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pack: { type: 'boolean' } },
  });
  const [folder] = positionals;
  if (!folder) {
    console.error('Usage: node scripts/contract-package.ts FOLDER [--pack]');
    process.exit(2);
  }
  buildContractPackage(resolve(folder));
  if (values.pack)
    console.log(execFileSync('npm', ['pack', '--silent'], { cwd: folder, encoding: 'utf8' }).trim());
}
