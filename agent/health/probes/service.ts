// The systemd unit: whether it runs, comes back after a restart of the box, has been ended again and again, and is
// watched.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countText } from '../../shared/quantities.ts';
import { runCommand } from '../command.ts';
import { type Probe, resultOf } from '../probe.ts';
import { serviceFinding, serviceOf } from '../service-policy.ts';

const UNIT = 'anpr.service';
const PROPERTIES =
  'LoadState,ActiveState,SubState,UnitFileState,NRestarts,WatchdogUSec,Result,MainPID,ActiveEnterTimestamp';

const findings = {
  running: { verdict: 'ok', cause: 'the unit runs, is enabled and watched', advice: null },
  'no-systemd': {
    verdict: 'ok',
    cause: 'this machine is not run by systemd (a container, a test)',
    advice: null,
  },
  'not-installed': {
    verdict: 'warn',
    cause: 'there is no unit anpr.service: nobody starts the agent after a restart of the box',
    advice: 'Install the package, or the unit from systemd/anpr.service; then systemctl enable --now anpr.',
  },
  masked: {
    verdict: 'fail',
    cause: 'the unit is masked: it cannot be started',
    advice: 'systemctl unmask anpr && systemctl enable --now anpr',
  },
  failed: {
    verdict: 'fail',
    cause: 'the unit has failed and is not started again',
    advice: 'See why with journalctl -u anpr -n 50, then systemctl restart anpr.',
  },
  starting: {
    verdict: 'warn',
    cause: 'systemd is starting the unit just now: a large journal of an older version takes minutes',
    advice: 'Look again in a few seconds; what it is at stands in journalctl -u anpr -n 50.',
  },
  stopped: {
    verdict: 'fail',
    cause: 'the unit is there, but does not run',
    advice: 'systemctl enable --now anpr; why it stopped stands in journalctl -u anpr -n 50.',
  },
  'other-agent': {
    verdict: 'warn',
    cause: 'an agent runs that is not the one of the unit',
    advice: 'Stop the one that was started by hand (anpr status shows its pid), then systemctl restart anpr.',
  },
  restarting: {
    verdict: 'warn',
    cause: 'the unit was started again five times or more, or waits for its next start',
    advice: 'See why it ends with journalctl -u anpr -n 50.',
  },
  'not-enabled': {
    verdict: 'warn',
    cause: 'the unit runs, but does not come back after a restart of the box',
    advice: 'systemctl enable anpr',
  },
  'no-watchdog': {
    verdict: 'warn',
    cause: 'the unit has no WatchdogSec=: systemd does not notice an agent that hangs',
    advice: 'Use the unit that came with this version: systemctl cat anpr shows which one is in use.',
  },
  unknown: {
    verdict: 'warn',
    cause: 'systemctl does not answer',
    advice: 'Try systemctl status anpr by hand.',
  },
} as const;

export const probe: Probe = {
  id: 'service',
  group: 'software',
  title: 'systemd unit',
  timeoutMs: 6000,
  findings,
  applies: () => true,
  async run({ agent, hostRoot = '/' }, signal) {
    // sd_booted(3)
    if (!existsSync(join(hostRoot, 'run/systemd/system')))
      return resultOf('service', findings, 'no-systemd', 'this machine is not run by systemd');
    const { exitCode, stdout, stderr } = await runCommand('systemctl', ['show', UNIT, '-p', PROPERTIES], {
      timeoutMs: 4000,
      signal,
    });
    if (exitCode !== 0)
      return resultOf(
        'service',
        findings,
        'unknown',
        `systemctl: ${stderr.trim().slice(0, 200) || 'no answer'}`,
      );
    const service = serviceOf(stdout);
    const finding = serviceFinding(service, agent?.pid);
    const measured =
      finding === 'not-installed'
        ? `no ${UNIT}`
        : [
            `${service.active} (${service.sub})`,
            service.enabled,
            service.restarts ? `started again ${countText(service.restarts, 'time')}` : undefined,
            service.active === 'failed' ? `result ${service.result}` : undefined,
            service.watchdogMs ? `watchdog ${service.watchdogMs / 1000} s` : 'no watchdog',
          ]
            .filter(Boolean)
            .join(', ');
    return resultOf('service', findings, finding, measured, { ...service });
  },
};
