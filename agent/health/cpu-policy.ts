// What the kernel tells of the processor, and what that means for video and models. Pure.

export interface CpuKind {
  model: string | undefined;
  /** the vector instructions that the models are quick with; null: none of them */
  vector: 'AVX-512' | 'AVX2' | 'NEON' | null;
}

/** /proc/cpuinfo of x86 (`flags`) and ARM (`Features`). */
export function cpuKindOf(cpuinfo: string, architecture: string): CpuKind {
  const value = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1]?.trim();
  const flags = new Set((value('flags') ?? value('Features') ?? '').split(' '));
  const vector = flags.has('avx512f')
    ? 'AVX-512'
    : flags.has('avx2')
      ? 'AVX2'
      : // ARMv8 has it always; its kernels call it asimd
        flags.has('asimd') || flags.has('neon') || architecture === 'arm64'
        ? 'NEON'
        : null;
  return { model: value('model name') ?? value('Model') ?? value('Hardware'), vector };
}

export interface Throttling {
  now: string[];
  sinceBoot: string[];
}

/** Raspberry Pi firmware's get_throttled: bits 0–3 for now, 16–19 since boot (vcgencmd(1)). */
export function throttlingOf(hexadecimal: string | undefined): Throttling {
  const bits = Number.parseInt((hexadecimal ?? '').replace(/^(throttled=)?(0x)?/, ''), 16);
  const names = ['under-voltage', 'frequency capped', 'throttled', 'soft temperature limit'];
  const named = (shift: number) => names.filter((_, bit) => (bits >> (bit + shift)) & 1);
  return Number.isNaN(bits) ? { now: [], sinceBoot: [] } : { now: named(0), sinceBoot: named(16) };
}

export interface CpuMeasure {
  cores: number;
  vector: CpuKind['vector'];
  /** the hottest sensor; null: none tells */
  celsius: number | null;
  /** where the hardware turns off or throttles hard, when it tells */
  criticalCelsius: number | null;
  /** reasons that it runs slower than it could, at this moment */
  throttledNow: readonly string[];
  throttledSinceBoot: readonly string[];
  /** programs that run or wait to run, per core, over the last minute; null: not known */
  loadPerCore: number | null;
}

export type CpuFinding = 'good' | 'throttled' | 'was-throttled' | 'hot' | 'busy' | 'no-vector';

const HOT_CELSIUS = 85;
const NEAR_CRITICAL_CELSIUS = 10;
/** over a minute, so that the doctor's own work hardly shows */
const BUSY_LOAD_PER_CORE = 1.5;

export function cpuFinding(measure: CpuMeasure): CpuFinding {
  const { celsius, criticalCelsius, loadPerCore } = measure;
  if (measure.throttledNow.length) return 'throttled';
  const limit = Math.min(HOT_CELSIUS, (criticalCelsius ?? Number.POSITIVE_INFINITY) - NEAR_CRITICAL_CELSIUS);
  if (celsius !== null && celsius >= limit) return 'hot';
  if (measure.vector === null) return 'no-vector';
  if (measure.throttledSinceBoot.length) return 'was-throttled';
  return (loadPerCore ?? 0) > BUSY_LOAD_PER_CORE ? 'busy' : 'good';
}

/** First line of /proc/stat: `cpu user nice system idle iowait irq softirq steal …`; undefined when it is none. */
export function cpuTimesOf(stat: string | undefined): { total: number; stolen: number } | undefined {
  const fields = /^cpu +(.+)$/m
    .exec(stat ?? '')?.[1]
    ?.split(/ +/)
    .map(Number);
  if (!fields || fields.length < 8 || fields.some(Number.isNaN)) return undefined;
  return { total: fields.slice(0, 8).reduce((sum, each) => sum + each, 0), stolen: fields[7]! };
}
