// What the box itself tells: memory, disk, temperature, clock, certificates. Each is null where it cannot be known.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../config/index.ts';
import { type ClockState, clockState, hottest } from '../health/facts.ts';

export interface HostFacts {
  /** resident memory of the main process; the cameras' are processes of their own */
  residentBytes: number;
  /** of the file system of the journal */
  diskFreeBytes: number | null;
  diskSizeBytes: number | null;
  celsius: number | null;
  clock: ClockState;
  /** days until each runs out, by what it is: own, authority */
  certificates: { certificate: 'own' | 'authority'; days: number }[];
}

const DAY_MS = 86_400_000;

/** Never rejects. */
export async function hostFacts({ journal, uplink }: Config, now = Date.now()): Promise<HostFacts> {
  const disk = await statfs(dirname(journal.path)).catch(() => null);
  const certificate = (name: 'own' | 'authority', file: string | undefined) => {
    const days = file === undefined ? null : daysOf(file, now);
    return days === null ? [] : [{ certificate: name, days }];
  };
  return {
    residentBytes: process.memoryUsage.rss(),
    diskFreeBytes: disk && disk.bavail * disk.bsize,
    diskSizeBytes: disk && disk.blocks * disk.bsize,
    celsius: hottest()?.celsius ?? null,
    clock: await clockState(),
    certificates: [...certificate('own', uplink?.certFile), ...certificate('authority', uplink?.caFile)],
  };
}

function daysOf(file: string, now: number): number | null {
  try {
    const certificate = new X509Certificate(readFileSync(file));
    return (certificate.validToDate.getTime() - now) / DAY_MS;
  } catch {
    return null; // none is there yet; doctor says why
  }
}
