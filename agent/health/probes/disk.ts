// The disk below the journal and the pictures: space, and how long a commit takes to be really there.

import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../shared/errors.ts';
import { type DiskMeasure, diskFinding } from '../disk-policy.ts';
import { type Probe, type ProbeResult, resultOf } from '../probe.ts';

const FSYNC_ROUNDS = 3;

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
} as const;

export const probe: Probe = {
  id: 'disk',
  title: 'disk',
  timeoutMs: 15_000,
  findings,
  applies: ({ config }) => config !== undefined,
  async run({ config }) {
    const journal = existing(dirname(config!.journal.path));
    const evidence = existing(config!.evidence.directory);
    if (journal === evidence) return probeFolder('disk', journal);
    // One after the other: they may be one disk, and would slow each other.
    return [await probeFolder('disk/journal', journal), await probeFolder('disk/evidence', evidence)];
  },
};

/** The folder itself, or the one that it will be made in. */
function existing(folder: string): string {
  let path = folder;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

async function probeFolder(id: string, folder: string): Promise<ProbeResult> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const measure: DiskMeasure = { freeBytes: bavail * bsize, totalBytes: blocks * bsize, fsyncMs: null };
  const data = { folder, ...measure };
  const space = `${gigabytes(measure.freeBytes)} of ${gigabytes(measure.totalBytes)} free in ${folder}`;
  try {
    measure.fsyncMs = fsyncMs(folder);
  } catch (error) {
    if (codeOf(error) === 'EROFS') return resultOf(id, findings, 'read-only', `${folder} is read-only`, data);
    if (!['EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error;
  }
  data.fsyncMs = measure.fsyncMs;
  const time =
    measure.fsyncMs === null ? 'fsync not tried (no permission)' : `fsync ${measure.fsyncMs.toFixed(1)} ms`;
  return resultOf(id, findings, diskFinding(measure), `${space}, ${time}`, data);
}

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

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
