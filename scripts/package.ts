// Builds the Debian packages: scripts/packaging/ has the parts, docs/install.md says what to do with them.

import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AnprError, messageOf } from '../agent/shared/errors.ts';
import { command } from './packaging/command.ts';
import { pack } from './packaging/debian.ts';
import { type Arch, targets } from './packaging/target.ts';
import { layOut } from './packaging/tree.ts';

const HELP = `Usage: scripts/package [--arch amd64|arm64] [--out DIR]

Builds anpr-edge_VERSION_ARCH.deb for both architectures or one, out of the
files of the last commit and the packages of the npm registry, with:

  anpr-edge_VERSION_ARCH.cdx.json   what is inside (CycloneDX 1.6)
  SHA256SUMS                        of all these files
  SHA256SUMS.sig                    with --sign: its Ed25519 signature

  --arch ARCH       amd64 or arm64; default: both
  --out DIR         default: ./dist
  --version TEXT    default: the one of package.json
  --sign FILE       private Ed25519 key, PEM (openssl genpkey -algorithm ed25519)
  --fast            packs in seconds, about a third larger: for trying
  --help

SOURCE_DATE_EPOCH is the time stamp of everything inside; default: that of the
last commit. The same commit gives the same packages, bit for bit, where the
same dpkg-deb and strip build them.

Exit status: 0 built; 1 failed, or larger than allowed; 2 wrong usage; 3 a
program is missing.
Example: scripts/package --arch arm64 --out /tmp/packages
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  process.exitCode = await main();
} catch (error) {
  const remedy = error instanceof AnprError && error.remedy ? `\n  ${error.remedy}` : '';
  console.error(`scripts/package: ${messageOf(error)}${remedy}`);
  process.exitCode = error instanceof AnprError && error.code === 'usage.package' ? 2 : 1;
}

async function main(): Promise<number> {
  const options = parse();
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { archs, out, version, key, fast } = options;
  const nodeVersion = process.env.NODE_VERSION_PACKAGED ?? process.versions.node;
  const epochSeconds = Number(
    process.env.SOURCE_DATE_EPOCH ?? command('git', ['log', '-1', '--format=%ct'], { cwd: root }),
  );
  const scratch = mkdtempSync(join(tmpdir(), 'anpr-package-'));
  mkdirSync(out, { recursive: true });
  const files: string[] = [];
  let tooLarge = false;
  try {
    const source = committed(join(scratch, 'source'));
    for (const arch of archs) {
      const target = targets[arch];
      const stage = join(scratch, `stage-${arch}`);
      const name = `anpr-edge_${version}_${arch}`;
      console.error(`· ${name}: fetching and laying out`);
      const bill = await layOut(stage, target, {
        root: source,
        scratch,
        version,
        nodeVersion,
        epochSeconds,
        say: console.error,
      });
      writeFileSync(join(out, `${name}.cdx.json`), `${JSON.stringify(bill, null, 1)}\n`);
      console.error(`· ${name}: packing`);
      const built = pack(stage, join(out, `${name}.deb`), target, { version, epochSeconds, fast });
      files.push(`${name}.deb`, `${name}.cdx.json`);
      const allowed = `allowed ${megabytes(target.budgetBytes)}`;
      console.log(
        `${name}.deb  ${megabytes(built.sizeBytes)}, installed ${megabytes(built.diskBytes)} in blocks of 4 KiB (${allowed}; the files hold ${megabytes(built.installedBytes)})`,
      );
      tooLarge ||= built.diskBytes > target.budgetBytes;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeSums(out, files, key);
  if (tooLarge) console.error('scripts/package: installed larger than allowed');
  return tooLarge ? 1 : 0;
}

/** The files of the last commit, unpacked: what lies half-done in the checkout is not for boxes. */
function committed(folder: string): string {
  mkdirSync(folder);
  const archive = `${folder}.tar`;
  command('git', ['archive', '--format=tar', `--output=${archive}`, 'HEAD'], { cwd: root });
  command('tar', ['-xf', archive, '-C', folder, '--exclude=test', '--exclude=models/training']);
  rmSync(archive);
  return folder;
}

function writeSums(out: string, files: readonly string[], key: KeyObject | undefined): void {
  const sha256 = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(out, file)))
      .digest('hex');
  const sums = files
    .toSorted()
    .map((file) => `${sha256(file)}  ${file}\n`)
    .join('');
  writeFileSync(join(out, 'SHA256SUMS'), sums);
  rmSync(join(out, 'SHA256SUMS.sig'), { force: true });
  if (key) writeFileSync(join(out, 'SHA256SUMS.sig'), sign(null, Buffer.from(sums), key));
}

function parse():
  | 'help'
  | { archs: Arch[]; out: string; version: string; key: KeyObject | undefined; fast: boolean } {
  const { values } = asUsage(() =>
    parseArgs({
      options: {
        arch: { type: 'string', multiple: true },
        out: { type: 'string', default: 'dist' },
        version: { type: 'string' },
        sign: { type: 'string' },
        fast: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    }),
  );
  if (values.help) return 'help';
  const archs = values.arch ?? Object.keys(targets);
  for (const arch of archs) {
    if (!Object.hasOwn(targets, arch)) throw usage(`--arch: wanted amd64 or arm64, found '${arch}'`);
  }
  const version = values.version ?? JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  if (!/^[0-9][A-Za-z0-9.+~]*$/.test(version)) {
    throw usage(`--version: wanted digits first, then letters, digits and . + ~, found '${version}'`);
  }
  const key = values.sign === undefined ? undefined : signingKey(values.sign);
  return { archs: archs as Arch[], out: resolve(values.out), version, key, fast: values.fast };
}

function signingKey(file: string): KeyObject {
  const key = asUsage(() => createPrivateKey(readFileSync(file)), `--sign ${file}: `);
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw usage(`--sign ${file}: wanted a private Ed25519 key, found ${key.asymmetricKeyType}`);
}

function asUsage<T>(work: () => T, before = ''): T {
  try {
    return work();
  } catch (error) {
    throw usage(before + messageOf(error));
  }
}

function usage(words: string): AnprError {
  return new AnprError('usage.package', words, 'scripts/package --help says how.');
}
