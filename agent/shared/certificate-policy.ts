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

/** A year's certificate is renewed from here on; a short one in its last third. */
const RENEW_DAYS = 45;

/** Whether it is time to ask for the next one: before `expires-soon` makes a warning of it. */
export function renewalIsDue(validFrom: Date, validTo: Date, now: Date): boolean {
  const leftMs = validTo.getTime() - now.getTime();
  const lifeMs = validTo.getTime() - validFrom.getTime();
  return leftMs < Math.min(RENEW_DAYS * DAY_MS, lifeMs / 3);
}
