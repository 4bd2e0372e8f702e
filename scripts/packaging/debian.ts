// A laid-out tree as a Debian package.

import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from './command.ts';
import { filesBelow, setTimes, sizeBytes } from './files.ts';
import type { HostPackage } from './sbom.ts';
import type { Target } from './target.ts';

/** What the binaries ask for: GLIBC_2.34 and GLIBCXX_3.4.29 (better-sqlite3); LoadCredentialEncrypted= since systemd 250. */
const DEPENDS = [
  'init-system-helpers (>= 1.54)',
  'libc6 (>= 2.34)',
  'libgcc-s1',
  'libstdc++6 (>= 11)',
  'perl-base',
  'systemd (>= 250)',
];
/** ffmpeg is recommended, not depended upon: apt on a box without internet would otherwise refuse the package. */
const RECOMMENDS = ['ffmpeg'];
const SUGGESTS = ['tpm2-tools', 'bash-completion'];

const host = (scope: HostPackage['scope']) => (relation: string) => ({
  name: relation.split(' ')[0] ?? relation,
  relation,
  scope,
});
/** What runs on the host and is not in the package. */
export const hostPackages: readonly HostPackage[] = [
  ...DEPENDS.map(host('required')),
  ...[...RECOMMENDS, ...SUGGESTS].map(host('optional')),
];

export interface Built {
  sizeBytes: number;
  /** what the files hold */
  installedBytes: number;
  /** the same in whole blocks of 4 KiB, as it lies on a disk */
  diskBytes: number;
}

/** Writes control files into `stage`/DEBIAN and packs it all as `file`; the same tree gives the same bytes. */
export function pack(
  stage: string,
  file: string,
  target: Target,
  { version, epochSeconds, fast }: { version: string; epochSeconds: number; fast: boolean },
): Built {
  const installedBytes = sizeBytes(stage, 1);
  const diskBytes = sizeBytes(stage, 4096);
  const control = join(stage, 'DEBIAN');
  const sums = filesBelow(stage)
    .filter((path) => !path.startsWith('etc/') && path !== 'usr/bin/anpr')
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(stage, path)))
          .digest('hex')}  ${path}\n`,
    );
  mkdirSync(control);
  writeFileSync(join(control, 'md5sums'), sums.join(''));
  writeFileSync(join(control, 'conffiles'), '/etc/anpr/agent.example.yaml\n');
  writeFileSync(join(control, 'control'), controlFile(target, version, diskBytes));
  for (const script of ['postinst', 'prerm', 'postrm']) {
    cpSync(fileURLToPath(new URL(`./debian/${script}`, import.meta.url)), join(control, script));
    chmodSync(join(control, script), 0o755);
  }
  command('chmod', ['-R', 'u+rwX,go+rX,go-w', stage]);
  setTimes(stage, epochSeconds);
  command(
    'dpkg-deb',
    ['--root-owner-group', ...(fast ? ['-Zzstd', '-z1'] : ['-Zxz']), '--build', stage, file],
    {
      env: { SOURCE_DATE_EPOCH: String(epochSeconds) },
    },
  );
  return { sizeBytes: readFileSync(file).length, installedBytes, diskBytes };
}

function controlFile({ arch }: Target, version: string, diskBytes: number): string {
  return `Package: anpr-edge
Version: ${version}
Architecture: ${arch}
Maintainer: anpr-edge <anpr-edge@localhost>
Installed-Size: ${Math.ceil(diskBytes / 1024)}
Depends: ${DEPENDS.join(', ')}
Recommends: ${RECOMMENDS.join(', ')}
Suggests: ${SUGGESTS.join(', ')}
Section: net
Priority: optional
Description: Number plates from roadside cameras, kept until the centre has them
 The agent for the gateway of a camera site: pulls RTSP streams, finds and
 reads number plates on the box itself, keeps one read per passage in a
 journal and delivers it over MQTT. Node and the models are inside.
`;
}
