// Memory: how much is left, whether the kernel had to end programs for want of it, and the folder in memory that the
// cameras' frames lie in.

import { statfsSync } from 'node:fs';
import { sizeText } from '../../shared/quantities.ts';
import { hostFiles } from '../host-files.ts';
import { memoryFinding, memoryValue } from '../memory-policy.ts';
import { type Probe, resultOf } from '../probe.ts';

/** as capture looks for it */
const FRAME_FOLDERS = ['/run/anpr', '/dev/shm'];

const findings = {
  good: { verdict: 'ok', cause: 'there is memory to spare', advice: null },
  out: {
    verdict: 'fail',
    cause: 'less than 64 MB can still be had',
    advice: 'See who has it with top (press M); stop it, or give the box more memory.',
  },
  low: {
    verdict: 'warn',
    cause: 'less than 250 MB can still be had',
    advice: 'See who has it with top (press M); a camera needs about 200 MB.',
  },
  oom: {
    verdict: 'warn',
    cause: 'the kernel ended programs for want of memory since the start',
    advice: 'See which with journalctl -k -g "Out of memory"; fewer cameras or smaller streams need less.',
  },
  'no-frame-space': {
    verdict: 'fail',
    cause: 'the folder in memory for frames has less than 25 MB for each camera, or there is none',
    advice: 'Make /run or /dev/shm larger: mount -o remount,size=256M /dev/shm, and see what fills it.',
  },
} as const;

export const probe: Probe = {
  id: 'memory',
  group: 'box',
  title: 'memory',
  timeoutMs: 2000,
  findings,
  applies: () => true,
  async run({ config, hostRoot }) {
    const files = hostFiles(hostRoot);
    const meminfo = files.text('proc/meminfo') ?? '';
    const value = (name: string) => memoryValue(meminfo, name) ?? 0;
    const oomKills = /^oom_kill (\d+)$/m.exec(files.text('proc/vmstat') ?? '')?.[1];
    const measure = {
      totalBytes: value('MemTotal'),
      availableBytes: value('MemAvailable'),
      swapUsedBytes: value('SwapTotal') - value('SwapFree'),
      oomKills: oomKills === undefined ? null : Number(oomKills),
      frameSpaceBytes: frameSpace(),
      cameras: config?.cameras.filter(({ enabled }) => enabled).length ?? 0,
    };
    const measured = [
      `${sizeText(measure.availableBytes)} of ${sizeText(measure.totalBytes)} to be had`,
      measure.swapUsedBytes ? `${sizeText(measure.swapUsedBytes)} swapped out` : undefined,
      measure.oomKills ? `${measure.oomKills} programs ended for want of it` : undefined,
      measure.frameSpaceBytes === null
        ? 'no folder in memory'
        : `${sizeText(measure.frameSpaceBytes)} free for frames`,
    ];
    return resultOf('memory', findings, memoryFinding(measure), measured.filter(Boolean).join(', '), measure);
  },
};

function frameSpace(): number | null {
  const sizes = FRAME_FOLDERS.flatMap((folder) => {
    try {
      const { bavail, bsize } = statfsSync(folder);
      return [bavail * bsize];
    } catch {
      return [];
    }
  });
  return sizes.length ? Math.max(...sizes) : null;
}
