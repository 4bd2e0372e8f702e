// The disk below the journal and the pictures: space, how long a commit takes to be really there, whether its file system
// keeps what it has acknowledged, and how worn it is where it tells.

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { sizeText } from '../../shared/quantities.ts';
import { type DiskMeasure, diskFinding } from '../disk-policy.ts';
import { hostFiles } from '../host-files.ts';
import { mediumOf } from '../medium.ts';
import { mountFinding, mountOf } from '../mount-policy.ts';
import { type Probe, type ProbeContext, type ProbeResult, resultOf } from '../probe.ts';
import { wearFinding } from '../wear-policy.ts';

const FSYNC_ROUNDS = 3;
const MB = 1_000_000;

const findings = {
  good: { verdict: 'ok', cause: 'there is space, and commits are quick', advice: null },
  full: {
    verdict: 'fail',
    cause: 'less than 100 MB are free',
    advice: 'Make room on the disk of {folder}: reads cannot be kept without it.',
  },
  'low-space': {
    verdict: 'warn',
    cause: 'less than 1 GB or 5 % is free',
    advice: 'Make room on the disk of {folder}, or move it with journal.path and evidence.directory.',
  },
  bounds: {
    verdict: 'warn',
    cause: 'the bounds of journal and pictures together are more than 80 % of the disk',
    advice:
      'Lower journal.maxSizeMb or evidence.maxSizeMb: now together {boundsText}. The disk would run full before they are reached.',
  },
  slow: {
    verdict: 'warn',
    cause: 'an fsync takes more than 100 ms',
    advice: 'Look for other programs that write, or for a worn card; a small SSD is better than an SD card.',
  },
  'not-tried': {
    verdict: 'ok',
    cause: 'this user may not write there, so the fsync was not timed',
    advice: null,
  },
  'read-only': {
    verdict: 'fail',
    cause: 'the file system is mounted read-only',
    advice:
      'Look into dmesg: a file system that met an error goes read-only; check the medium and mount it again.',
  },
  unwritable: {
    verdict: 'fail',
    cause: 'nothing can be written there, whatever the rights: no place for files, or a medium that fails',
    advice: 'Look into dmesg for errors of the medium, and at journal.path and evidence.directory.',
  },
  'unsafe-writeback': {
    verdict: 'fail',
    cause: 'ext4 is mounted with data=writeback, which gives a database old blocks back after a power cut',
    advice: 'Take data=writeback out of /etc/fstab or the boot arguments (rootflags=), and restart the box.',
  },
  'unsafe-barrier': {
    verdict: 'fail',
    cause: 'the file system is mounted without barriers: a power cut can take what was acknowledged',
    advice: 'Take nobarrier (or barrier=0) out of /etc/fstab or the boot arguments, and restart the box.',
  },
  'in-memory': {
    verdict: 'fail',
    cause: 'the folder lies in memory: a restart empties it',
    advice:
      'Set journal.path and evidence.directory to a folder on a disk: {folder} does not outlive a restart.',
  },
  overlay: {
    verdict: 'warn',
    cause: 'the folder lies on an overlay, whose upper half may be in memory (a read-only root, a container)',
    advice:
      'Make sure that {folder} outlives a restart, or set journal.path and evidence.directory elsewhere.',
  },
  network: {
    verdict: 'fail',
    cause: 'the folder lies on a network file system, where SQLite cannot lock safely',
    advice: 'Set journal.path to a folder on a disk of this box.',
  },
  'no-journal': {
    verdict: 'warn',
    cause: 'the file system has no journal of its own (FAT, exFAT, ext2)',
    advice: 'Use ext4 for the disk of {folder}: a power cut can take whole files from this one.',
  },
  worn: {
    verdict: 'warn',
    cause: 'the medium says that 80 % of its life is used up, or that its spare blocks run out',
    advice: 'Order a new medium for {disk} and plan the change.',
  },
  failing: {
    verdict: 'fail',
    cause: 'the medium says that it is at its end, or it failed its own self-test',
    advice: 'Replace {disk} now; what is still in the journal can be taken along with a copy of its folder.',
  },
} as const;

export const probe: Probe = {
  id: 'disk',
  group: 'box',
  title: 'disk',
  timeoutMs: 15_000,
  findings,
  applies: ({ config }) => config !== undefined,
  async run(context, signal) {
    const journal = existing(dirname(context.config!.journal.path));
    const evidence = existing(context.config!.evidence.directory);
    const records = context.config!.journal.maxSizeMb * MB;
    const pictures = context.config!.evidence.maxSizeMb * MB;
    if (journal === evidence) return probeFolder('disk', journal, records + pictures, context, signal);
    const isOneDisk = statSync(journal).dev === statSync(evidence).dev;
    const boundsOf = (own: number) => (isOneDisk ? records + pictures : own);
    // One after the other: they may be one disk, and would slow each other.
    return [
      await probeFolder('disk/journal', journal, boundsOf(records), context, signal),
      await probeFolder('disk/evidence', evidence, boundsOf(pictures), context, signal),
    ];
  },
};

/** The folder itself, or the one that it will be made in. */
function existing(folder: string): string {
  let path = folder;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

async function probeFolder(
  id: string,
  folder: string,
  boundsBytes: number,
  { hostRoot }: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const measure: DiskMeasure = {
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    fsyncMs: null,
    boundsBytes,
  };
  const mount = mountOf(hostFiles(hostRoot).text('proc/self/mountinfo') ?? '', realpathSync(folder));
  const { disk, wear } = mount ? await mediumOf(mount.device, signal, hostRoot) : {};
  const boundsText = sizeText(boundsBytes);
  const data = {
    folder,
    ...measure,
    boundsText,
    mount: mount ?? null,
    disk: disk ?? null,
    wear: wear ?? null,
  };
  try {
    measure.fsyncMs = fsyncMs(folder);
  } catch (error) {
    if (codeOf(error) === 'EROFS') return resultOf(id, findings, 'read-only', `${folder} is read-only`, data);
    if (!['EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(codeOf(error)))
      return resultOf(id, findings, 'unwritable', `${folder}: ${messageOf(error)}`, data);
  }
  data.fsyncMs = measure.fsyncMs;
  const type = mount && [mount.type, ...mount.options.filter((option) => NOTABLE.test(option))].join(' ');
  const measured = [
    `${sizeText(measure.freeBytes)} of ${sizeText(measure.totalBytes)} free in ${folder}`,
    measure.fsyncMs === null ? 'fsync not tried (no permission)' : `fsync ${measure.fsyncMs.toFixed(1)} ms`,
    [type, disk && `on ${disk}`].filter(Boolean).join(' '),
    wear && wear.used !== null ? `${(100 * wear.used).toFixed(0)} % of its life used` : undefined,
  ];
  const found = [diskFinding(measure), mount && mountFinding(mount), wear && wearFinding(wear)]
    .filter((finding) => finding !== undefined)
    .sort((a, b) => RANK.indexOf(a) - RANK.indexOf(b))[0]!;
  return resultOf(id, findings, found, measured.filter(Boolean).join(', '), data);
}

/** What is told when several things are wrong: the one that loses most, soonest. */
const RANK: readonly string[] = [
  ...['full', 'failing', 'unsafe-writeback', 'unsafe-barrier', 'in-memory', 'network'],
  ...['low-space', 'worn', 'bounds', 'slow', 'overlay', 'no-journal', 'not-tried', 'good'],
];
const NOTABLE = /^(data=|nobarrier|barrier=0)/;

/** Median time of a 4 kB append and its fsync; synchronous, so that the other probes' work is not in the figure. */
function fsyncMs(folder: string): number {
  const path = join(folder, `.anpr-doctor-${randomUUID()}`);
  const file = openSync(path, 'wx');
  try {
    const times = Array.from({ length: FSYNC_ROUNDS }, (_, round) => {
      const started = performance.now();
      writeSync(file, Buffer.alloc(4096, round));
      fsyncSync(file);
      return performance.now() - started;
    });
    return times.sort((a, b) => a - b)[Math.floor(FSYNC_ROUNDS / 2)]!;
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
