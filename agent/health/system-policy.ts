// Which systems the agent is at home on. Pure.

export interface System {
  /** `ID` of os-release(5): debian, ubuntu … */
  id: string;
  /** for people */
  name: string;
  version: number | undefined;
  /** as Node names it: x64, arm64 … */
  architecture: string;
}

export type SystemFinding = 'good' | 'untried' | 'old' | 'architecture';

/** First releases with ffmpeg 5 and a C library that the native modules load with. */
const OLDEST: Record<string, number> = { debian: 12, raspbian: 12, ubuntu: 24.04 };

/** os-release(5): shell assignments, quoted or not. */
export function systemOf(osRelease: string | undefined, architecture: string): System {
  const values = new Map<string, string>();
  for (const line of (osRelease ?? '').split('\n')) {
    const match = /^([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|(.*))$/.exec(line.trim());
    if (match) values.set(match[1]!, match[2] ?? match[3] ?? match[4]!);
  }
  const version = Number(values.get('VERSION_ID'));
  return {
    id: values.get('ID') ?? 'unknown',
    name: values.get('PRETTY_NAME') ?? values.get('NAME') ?? 'an unknown system',
    version: values.has('VERSION_ID') && Number.isFinite(version) ? version : undefined,
    architecture,
  };
}

export function systemFinding({ id, version, architecture }: System): SystemFinding {
  if (architecture !== 'x64' && architecture !== 'arm64') return 'architecture';
  const oldest = OLDEST[id];
  if (oldest === undefined) return 'untried';
  return version !== undefined && version < oldest ? 'old' : 'good';
}
