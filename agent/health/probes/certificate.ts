// This box's own certificate, as `anpr enrol` keeps it: how long it still lasts, and whether the next one is on its way. The
// broker's and those above it are looked at on the way to the broker.

import { certificateFinding, daysLeft } from '../../shared/certificate-policy.ts';
import { countText } from '../../shared/quantities.ts';
import { type Probe, type ProbeContext, resultOf } from '../probe.ts';

const findings = {
  good: { verdict: 'ok', cause: 'it lasts', advice: null },
  requested: {
    verdict: 'ok',
    cause: 'the next one is asked for, and the one in use lasts until then',
    advice: 'Have the request signed (anpr enrol request shows it), then: anpr enrol accept FILE.',
  },
  'renewal-due': {
    verdict: 'warn',
    cause: 'less than 45 days are left, or a third of its life, and nobody has asked for the next one',
    advice: 'Ask for the next one: sudo anpr enrol request --out FILE, and have it signed.',
  },
  'expires-soon': {
    verdict: 'warn',
    cause: 'it runs out within 21 days',
    advice: 'Have the request signed now (anpr enrol request shows it), then: sudo anpr enrol accept FILE.',
  },
  expired: {
    verdict: 'fail',
    cause: 'it has run out: the broker no longer lets this box in',
    advice:
      'Have a new one made (anpr enrol request) and take it over; and look at the clock (anpr doctor --only clock).',
  },
  'not-yet': {
    verdict: 'fail',
    cause: 'it is not valid yet',
    advice: 'The clock of this box is probably wrong: anpr doctor --only clock.',
  },
  missing: {
    verdict: 'fail',
    cause: 'a request waits for its certificate, and there is none in use',
    advice: 'When the authority has signed the request: sudo anpr enrol accept FILE.',
  },
  'other-name': {
    verdict: 'fail',
    cause: 'it is for another site or box than the configuration names',
    advice: 'Ask for one with the present name: sudo anpr enrol request --new --out FILE.',
  },
  hidden: { verdict: 'ok', cause: 'this user may not look', advice: null },
} as const;

export const probe: Probe = {
  id: 'certificate',
  group: 'uplink',
  title: 'own certificate',
  timeoutMs: 5000,
  findings,
  applies: ({ config }) => config?.uplink?.url.startsWith('mqtts://') === true,
  async run(context) {
    const state = await stateOf(context);
    if (state === 'hidden')
      return resultOf('certificate', findings, 'hidden', 'not looked at: no permission');
    const { certificate, pending, due, names, name } = state;
    if (certificate === null) {
      if (pending) return resultOf('certificate', findings, 'missing', 'requested, none in use');
      return resultOf(
        'certificate',
        findings,
        'good',
        'not enrolled: other means, or none, tell who this box is',
      );
    }
    const now = new Date();
    const days = daysLeft(certificate.validToDate, now);
    const data = { days, validTo: certificate.validToDate.toISOString(), names, requested: pending !== null };
    const measured = `${names.join(', ')}: ${countText(days, 'day')} left${pending ? ', the next one is asked for' : ''}`;
    const dates = certificateFinding(certificate.validFromDate, certificate.validToDate, now);
    const finding = !names.includes(name)
      ? 'other-name'
      : dates !== 'good'
        ? dates
        : pending
          ? 'requested'
          : due
            ? 'renewal-due'
            : 'good';
    return resultOf('certificate', findings, finding, measured, data);
  },
};

async function stateOf({ configFile, config }: ProbeContext) {
  const { commonNames, enrolmentOf, nameOf } = await import('../../enrol/index.ts');
  try {
    const enrolment = enrolmentOf(configFile);
    const names = enrolment.certificate ? commonNames(enrolment.certificate.subject) : [];
    return { ...enrolment, names, name: config ? nameOf(config) : '' };
  } catch {
    return 'hidden' as const;
  }
}
