// What the dates of a certificate mean. Pure.

export type CertificateFinding = 'good' | 'expires-soon' | 'expired' | 'not-yet';

/** Long enough for somebody to order a new one and drive out with it. */
export const SOON_DAYS = 21;
const DAY_MS = 86_400_000;

/** Whole days until `validTo`; negative once it has passed. */
export function daysLeft(validTo: Date, now: Date): number {
  return Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
}

export function certificateFinding(validFrom: Date, validTo: Date, now: Date): CertificateFinding {
  if (now < validFrom) return 'not-yet';
  if (now >= validTo) return 'expired';
  return daysLeft(validTo, now) < SOON_DAYS ? 'expires-soon' : 'good';
}
