// Taking a certificate over: judged, then kept with its key, then named in the configuration.

import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config, UplinkFiles } from '../config/index.ts';
import { setUplinkFiles } from '../config/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { objectionTo } from './acceptance-policy.ts';
import { mistrustOf } from './chain.ts';
import {
  CA_FILE,
  certificatesIn,
  IDENTITY_FILE,
  identityPath,
  keepAuthority,
  keepIdentity,
  keyFor,
} from './identity.ts';
import { nameOf } from './request.ts';

export interface AcceptOptions {
  configFile: string;
  config: Config;
  ring: KeyRing;
  /** certificate of the box, then those between it and the authority */
  file: string;
  /** the authority; default: uplink.caFile, which vouches for the broker */
  caFile?: string | undefined;
  now?: Date;
}

export interface Accepted {
  certificate: X509Certificate;
  /** keys of `uplink` that were written into the configuration */
  configured: string[];
}

/**
 * @throws {AnprError} `enrol.*` with why the certificate is not taken, `config.*` when the configuration cannot name it.
 *   Nothing has changed then.
 */
export async function acceptCertificate(options: AcceptOptions): Promise<Accepted> {
  const { configFile, config, ring, file, now = new Date() } = options;
  const uplink = config.uplink;
  if (!uplink?.url.startsWith('mqtts://'))
    throw new AnprError(
      'enrol.no-uplink',
      `wanted an uplink.url that starts with mqtts:// in ${configFile}, found ${uplink?.url ?? 'none'}`,
      'Write the address of the broker into the configuration, then run this again.',
    );
  const given = certificatesIn(bytesOf(file), file);
  const certificate = given[0];
  if (!certificate)
    throw new AnprError('enrol.no-certificate', `wanted a certificate in ${file}, found none`);
  const { owner, pem } = keyFor(certificate, configFile, ring);
  const objection = objectionTo(
    {
      names: commonNames(certificate.subject),
      validFrom: certificate.validFromDate,
      validTo: certificate.validToDate,
      key: owner,
      usages: certificate.keyUsage,
      isAuthority: certificate.ca,
    },
    nameOf(config),
    now,
  );
  if (objection) throw new AnprError(objection.code, objection.message, objection.remedy);

  const authorityFile = options.caFile ?? uplink.caFile;
  if (authorityFile === undefined)
    throw new AnprError(
      'enrol.no-authority',
      'wanted the authority that vouches for the certificate, found none',
      'Name its certificate: anpr enrol accept FILE --ca FILE.',
    );
  const authority = certificatesIn(bytesOf(authorityFile), authorityFile).map(String).join('');
  const chain = given.map(String).join('');
  const mistrust = await mistrustOf(chain, pem, authority);
  if (mistrust !== null)
    throw new AnprError(
      'enrol.untrusted',
      `the authority in ${authorityFile} does not vouch for the certificate: ${mistrust}`,
      'Name the authority that signed it with --ca; authorities between the two belong into the file with the certificate.',
    );

  const files: UplinkFiles = {
    ...(uplink.caFile === undefined && { caFile: CA_FILE }),
    certFile: IDENTITY_FILE,
    keyFile: IDENTITY_FILE,
  };
  // First what nothing refers to yet: a command that is cut here has changed nothing that is in use.
  if (uplink.caFile === undefined) keepAuthority(configFile, authority);
  keepIdentity(configFile, chain, pem, ring);
  const own = identityPath(configFile);
  const isNamed = uplink.certFile === own && uplink.keyFile === own && uplink.caFile !== undefined;
  const configured = isNamed ? [] : Object.keys(files);
  if (configured.length > 0) setUplinkFiles(configFile, files);
  return { certificate, configured };
}

/** Node writes a subject as lines, `CN=a/b`. */
export function commonNames(subject: string): string[] {
  return subject.split('\n').flatMap((line) => (line.startsWith('CN=') ? [line.slice(3)] : []));
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AnprError(
      'enrol.no-certificate',
      `wanted a certificate in ${file}, found ${foundInstead(error)}`,
      'Name another file.',
    );
  }
}
