// Whose work is inside and under which licence: Debian's copyright file, and every licence text that the parts bring.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AnprError } from '../../agent/shared/errors.ts';
import { licenceAllowed } from './prune-policy.ts';
import type { Contents } from './sbom.ts';

const TEXT = /^(licen[cs]e|notice|copying|third-?party-?notices?)/i;

/**
 * Writes copyright, licences.gz and libvips.md.
 * @param packages the npm packages as they came, before anything was left out
 * @param docs /usr/share/doc/anpr-edge of the package
 * @throws AnprError package.licence when a part's licence may not be in the package
 */
export function writeNotices(
  root: string,
  packages: string,
  nodeFolder: string,
  docs: string,
  contents: Contents,
): void {
  for (const { name, locked } of contents.packages) {
    if (licenceAllowed(name, locked.license ?? '')) continue;
    throw new AnprError(
      'package.licence',
      `${name} ${locked.version} is under '${locked.license ?? 'no licence'}', which may not be in the package`,
      'Do without it, or have its licence looked at and add it to scripts/packaging/prune-policy.ts.',
    );
  }
  mkdirSync(docs, { recursive: true });
  writeFileSync(join(docs, 'copyright'), copyright(contents));
  const texts = contents.packages.flatMap(({ path, name, locked }) =>
    readdirSync(join(packages, path))
      .filter((file) => TEXT.test(file))
      .map((file) => ({
        of: `${name} ${locked.version}`,
        text: readFileSync(join(packages, path, file), 'utf8'),
      })),
  );
  const own = { of: 'anpr-edge', text: readFileSync(join(root, 'LICENSE'), 'utf8') };
  const node = {
    of: `Node.js ${contents.node.version}`,
    text: readFileSync(join(nodeFolder, 'LICENSE'), 'utf8'),
  };
  writeFileSync(join(docs, 'licences.gz'), gzipSync(licenceTexts([own, node, ...texts]), { level: 9 }));
  const libvips = contents.packages.find(({ name }) => name.startsWith('@img/sharp-libvips-'));
  if (libvips)
    writeFileSync(join(docs, 'libvips.md'), libvipsNotice(packages, libvips.path, libvips.locked.version));
}

/** Every text once, below the names of those that it is the licence of; a difference in a name or a year is another text. */
export function licenceTexts(licences: readonly { of: string; text: string }[]): string {
  const holders = new Map<string, string[]>();
  for (const { of, text } of licences) {
    const same = text.replace(/\r\n/g, '\n').trim();
    holders.set(same, [...(holders.get(same) ?? []), of]);
  }
  const line = '='.repeat(78);
  return [...holders]
    .map(([text, names]) => `${line}\n${[...new Set(names)].join('\n')}\n${line}\n\n${text}\n`)
    .join('\n');
}

function copyright({ packages, node }: Contents): string {
  const base = 'usr/lib/anpr-edge';
  const parts = packages.map(({ path, name, locked }) =>
    stanza(`${base}/${path}/*`, `the authors of ${name} ${locked.version} (npm)`, locked.license ?? ''),
  );
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: anpr-edge\n' +
      'Comment: The texts of the licences are in licences.gz beside this file, as far as the parts bring them;\n' +
      ' Apache-2.0 and LGPL-3 are in /usr/share/common-licenses too.\n',
    stanza('*', 'the authors of anpr-edge', 'Apache-2.0'),
    stanza(
      `${base}/bin/node`,
      `the authors of Node.js ${node.version} and its parts`,
      'MIT and others, see licences.gz',
    ),
    ...parts,
  ].join('\n');
}

function stanza(files: string, holder: string, licence: string): string {
  return `Files: ${files}\nCopyright: ${holder}\nLicense: ${licence}\n`;
}

/** What LGPL-3.0 asks of who passes a library on: say so, where the source is, how to exchange it. */
function libvipsNotice(packages: string, path: string, version: string): string {
  const readme = join(packages, path, 'README.md');
  return `# libvips inside anpr-edge

The pictures' library libvips and the libraries in it are a shared object under LGPL-3.0-or-later (the text:
/usr/share/common-licenses/LGPL-3). It is version ${version} of the npm package ${path.replace(/^node_modules\//, '')}, unchanged:

    /usr/lib/anpr-edge/${path}/lib/

Anybody may exchange it for a build of one's own with the same interface: put that file in its place. Its source and how it is
built: https://github.com/lovell/sharp-libvips/tree/v${version}, https://github.com/libvips/libvips. What follows are its own words.

${existsSync(readme) ? readFileSync(readme, 'utf8') : ''}`;
}
