// The operating system: a release that the agent is at home on, on a processor that its native parts exist for.

import { release, uptime } from 'node:os';
import { durationText } from '../../shared/quantities.ts';
import { hostFiles } from '../host-files.ts';
import { type Probe, resultOf } from '../probe.ts';
import { systemFinding, systemOf } from '../system-policy.ts';

const findings = {
  good: { verdict: 'ok', cause: 'Debian 12, Ubuntu 24.04 or later, 64 bits', advice: null },
  untried: {
    verdict: 'warn',
    cause: 'another distribution, which the agent is not tried on',
    advice: 'Use Debian 12 or Ubuntu 24.04 or later if something behaves strangely here.',
  },
  old: {
    verdict: 'warn',
    cause: 'a release older than Debian 12 or Ubuntu 24.04',
    advice: 'Upgrade the box to Debian 12 or Ubuntu 24.04: its ffmpeg and C library are too old.',
  },
  architecture: {
    verdict: 'fail',
    cause: 'a processor architecture that the native parts are not built for',
    advice: 'Install a 64-bit system (amd64 or arm64): uname -m should say x86_64 or aarch64.',
  },
} as const;

export const probe: Probe = {
  id: 'system',
  group: 'box',
  title: 'operating system',
  timeoutMs: 2000,
  findings,
  applies: () => true,
  async run({ hostRoot }) {
    const files = hostFiles(hostRoot);
    const system = systemOf(files.text('etc/os-release') ?? files.text('usr/lib/os-release'), process.arch);
    const upSeconds = Math.round(uptime());
    const board = files.text('proc/device-tree/model')?.replaceAll('\0', '');
    const data = { ...system, kernel: release(), upSeconds, board: board ?? null };
    return resultOf(
      'system',
      findings,
      systemFinding(system),
      [
        `${system.name}, Linux ${data.kernel}, ${system.architecture}`,
        board,
        `up for ${durationText(upSeconds * 1000)}`,
      ]
        .filter(Boolean)
        .join(', '),
      data,
    );
  },
};
