// What a probe is: a self-test that measures something and says in one sentence what to do about it. Doctor, the
// health topic and the documentation all show the same probes and the same words, so the words are data here.

import type { AgentStatus } from '../api/index.ts';
import type { Config } from '../config/index.ts';

export type Verdict = 'ok' | 'warn' | 'fail';

/** One thing that a probe can find. `{name}` in a text stands for the value of that name in the result's data. */
export interface Finding {
  verdict: Verdict;
  /** when this is found, for the documentation */
  cause: string;
  /** what to do, one sentence; null when nothing has to be done */
  advice: string | null;
}

export type Findings = Readonly<Record<string, Finding>>;

export interface ProbeResult {
  /** the probe's id, and what it looked at when it looks at several things: `disk`, `camera/north` */
  id: string;
  /** the key in the probe's findings: stable, for programs */
  finding: string;
  verdict: Verdict;
  /** what was measured, in a line or two, without secrets */
  measured: string;
  advice: string | null;
  data: Record<string, unknown>;
}

export interface ProbeContext {
  /** the configuration file that is meant, whether or not it can be used */
  configFile: string;
  /** undefined when it cannot be used, or there is none */
  config: Config | undefined;
  /** the running agent's own words; undefined when none runs */
  agent: AgentStatus | undefined;
  /** one runs, and this user may not talk to it */
  agentForbidden?: boolean;
  /** look for a minute where that shows more: at the clock's drift and at a camera's frames; default false */
  thorough?: boolean;
  /** time server to compare the clock with, as `host` or `host:port`; default: the time service's own */
  timeServer?: string;
  /** where /proc, /sys, /etc and /run are looked for; default `/`, a test brings captured ones */
  hostRoot?: string;
}

/** What `--only` also takes: all probes of one subject. */
export const groups = ['box', 'software', 'cameras', 'network', 'uplink'] as const;

export interface Probe {
  id: string;
  group: (typeof groups)[number];
  /** what it looks at, a word or two for people */
  title: string;
  /** ended and called a failure after so long */
  timeoutMs: number;
  /** the same for a look that is `thorough`; default timeoutMs */
  thoroughTimeoutMs?: number;
  /** everything that it can find */
  findings: Findings;
  /** whether there is anything to look at */
  applies(context: ProbeContext): boolean;
  run(context: ProbeContext, signal: AbortSignal): Promise<ProbeResult | ProbeResult[]>;
}

/** A result in the words of the probe's own findings. */
export function resultOf<F extends Findings>(
  id: string,
  findings: F,
  finding: keyof F & string,
  measured: string,
  data: Record<string, unknown> = {},
): ProbeResult {
  const { verdict, advice } = findings[finding]!;
  return { id, finding, verdict, measured, advice: advice && filled(advice, data), data };
}

function filled(text: string, data: Record<string, unknown>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in data ? String(data[name]) : whole));
}

const order: readonly Verdict[] = ['ok', 'warn', 'fail'];

/** The worst of them; ok when there are none. */
export function worst(verdicts: Iterable<Verdict>): Verdict {
  return order[Math.max(0, ...Array.from(verdicts, (verdict) => order.indexOf(verdict)))]!;
}
