// Signs the requests that boxes made (anpr enrol request), with OpenSSL: those of boxes that stand in the table, and no others.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AnprError, codeOf } from '../../agent/shared/errors.ts';

export interface CertifyOptions {
  requests: readonly string[];
  /** `site/box` of every box that may have a certificate */
  names: ReadonlySet<string>;
  ca: string;
  caKey: string;
  days: number;
  out: string;
}

export interface Certified {
  request: string;
  /** undefined: it was refused */
  certificate?: string;
  name?: string;
  problem?: string;
}

const EXTENSIONS =
  'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n';

/** @throws {AnprError} `fleet.openssl` when it is not there */
export function certify({ requests, names, ca, caKey, days, out }: CertifyOptions): Certified[] {
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'certify-'));
  try {
    const extensions = join(work, 'box.ext');
    writeFileSync(extensions, EXTENSIONS);
    return requests.map((request) => {
      try {
        const name = nameIn(request);
        if (!names.has(name))
          return { request, name, problem: `no box ${JSON.stringify(name)} stands in the table` };
        const certificate = join(out, `${basename(request).replace(/\.(csr|pem)$/, '')}.pem`);
        openssl(
          ...[
            'x509',
            '-req',
            '-in',
            request,
            '-CA',
            ca,
            '-CAkey',
            caKey,
            '-CAcreateserial',
            '-CAserial',
            join(work, 'serial'),
          ],
          ...['-days', String(days), '-extfile', extensions, '-out', certificate],
        );
        return { request, name, certificate };
      } catch (error) {
        if (error instanceof AnprError) throw error;
        const { stderr } = error as { stderr?: string };
        return { request, problem: stderr?.trim().split('\n')[0] ?? 'it cannot be signed' };
      }
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The common name, of a request whose signature shows that its key is at hand. */
function nameIn(request: string): string {
  const said = openssl('req', '-in', request, '-noout', '-verify', '-subject', '-nameopt', 'RFC2253');
  return /^subject= ?CN ?= ?([A-Za-z0-9_/-]+)$/m.exec(said)?.[1] ?? '';
}

function openssl(...args: string[]): string {
  try {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new AnprError(
        'fleet.openssl',
        'there is no openssl on this machine',
        'Install the package openssl.',
      );
    throw error;
  }
}
