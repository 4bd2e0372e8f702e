// Whether a certificate that somebody brings is this box's, and good. Pure: the first objection counts, and each says what to
// do about it.

import { isoOf } from '../shared/time.ts';

/** What a certificate says, and how it stands to this box. */
export interface CertificateFacts {
  /** its subject's common names */
  names: readonly string[];
  validFrom: Date;
  validTo: Date;
  /** whose key it is for: the request that waits, the certificate in use, or neither */
  key: 'requested' | 'current' | 'other';
  /** what it may be used for; undefined: it does not restrict that */
  usages: readonly string[] | undefined;
  isAuthority: boolean;
}

export interface Objection {
  code: string;
  message: string;
  remedy: string;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export function objectionTo(facts: CertificateFacts, name: string, now: Date): Objection | undefined {
  const { names, validFrom, validTo, key, usages, isAuthority } = facts;
  if (isAuthority)
    return {
      code: 'enrol.authority',
      message: `wanted the certificate of this box, found that of an authority: ${names.join(', ')}`,
      remedy: 'Put the certificate of the box first in the file; name the authority with --ca.',
    };
  if (key === 'other')
    return {
      code: 'enrol.other-key',
      message: 'the certificate is for another key than this box has',
      remedy: 'Have the request of this box signed: anpr enrol request.',
    };
  if (!names.includes(name))
    return {
      code: 'enrol.other-name',
      message: `wanted a certificate for "${name}", found one for "${names.join('", "') || 'nobody'}"`,
      remedy: 'Have the request signed as it is; its name must be site and box of the configuration.',
    };
  if (now >= validTo)
    return {
      code: 'enrol.expired',
      message: `the certificate ran out on ${isoOf(validTo.getTime())}; this box has ${isoOf(now.getTime())}`,
      remedy: 'Have a new one made; if the time of this box is wrong: anpr doctor --only clock.',
    };
  if (now < validFrom)
    return {
      code: 'enrol.not-yet',
      message: `the certificate is valid from ${isoOf(validFrom.getTime())}; this box has ${isoOf(now.getTime())}`,
      remedy: 'The clock of this box is probably wrong: anpr doctor --only clock.',
    };
  if (usages && !usages.includes(CLIENT_AUTH))
    return {
      code: 'enrol.usage',
      message: 'the certificate may not be used by a client: its extended key usage has no clientAuth',
      remedy: 'Have it made with extendedKeyUsage=clientAuth (docs/enrolment.md).',
    };
  return undefined;
}
