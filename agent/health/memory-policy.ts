// What the kernel tells of memory, and what it means for a box that decodes video. Pure.

export interface MemoryMeasure {
  totalBytes: number;
  /** what programs can still get without swapping */
  availableBytes: number;
  swapUsedBytes: number;
  /** programs that the kernel ended for want of memory since the start; null: it does not tell */
  oomKills: number | null;
  /** free space of the folder in memory that frames lie in; null: there is none */
  frameSpaceBytes: number | null;
  cameras: number;
}

export type MemoryFinding = 'good' | 'out' | 'low' | 'oom' | 'no-frame-space';

const OUT_BYTES = 64e6;
const LOW_BYTES = 250e6;
/** Four full-size frames of a 1920x1080 camera are 12.4 MB (docs/benchmarks-capture.md); twice that for a 4 MP one. */
const FRAME_BYTES_PER_CAMERA = 25e6;

export function memoryFinding(measure: MemoryMeasure): MemoryFinding {
  const { availableBytes, frameSpaceBytes, cameras } = measure;
  if (availableBytes < OUT_BYTES) return 'out';
  if (cameras > 0 && (frameSpaceBytes ?? 0) < cameras * FRAME_BYTES_PER_CAMERA) return 'no-frame-space';
  if (availableBytes < LOW_BYTES) return 'low';
  return measure.oomKills ? 'oom' : 'good';
}

/** A value of /proc/meminfo in bytes: `MemAvailable:   11734940 kB`. */
export function memoryValue(meminfo: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
