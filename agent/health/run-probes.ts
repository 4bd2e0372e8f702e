// Runs probes side by side, each within its own time, and tells of each as it ends. A probe that hangs or throws is a
// result like any other: the others go on.

import { messageOf } from '../shared/errors.ts';
import { redactUrl } from '../shared/redact.ts';
import type { Probe, ProbeContext, ProbeResult } from './probe.ts';

export interface ProbeReport {
  probe: Probe;
  results: ProbeResult[];
  /** how long it took */
  ms: number;
}

/** a probe that is told to stop may take so long to let go before it is left alone */
const GRACE_MS = 1500;

/** Resolves when all have ended, with the reports in the order of `probes`. Never rejects. */
export function runProbes(
  probes: readonly Probe[],
  context: ProbeContext,
  options: { signal?: AbortSignal; onReport?: (report: ProbeReport) => void } = {},
): Promise<ProbeReport[]> {
  return Promise.all(
    probes.map(async (probe) => {
      const started = performance.now();
      const results = await runProbe(probe, context, options.signal);
      const report = { probe, results, ms: Math.round(performance.now() - started) };
      options.onReport?.(report);
      return report;
    }),
  );
}

async function runProbe(probe: Probe, context: ProbeContext, outer?: AbortSignal): Promise<ProbeResult[]> {
  const inner = new AbortController();
  const timeoutMs = (context.thorough && probe.thoroughTimeoutMs) || probe.timeoutMs;
  const late = `no result within ${timeoutMs / 1000} s`;
  const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<ProbeResult[]>();
  let grace: NodeJS.Timeout | undefined;
  const stop = () => {
    inner.abort();
    grace = setTimeout(() => giveUp([failure(probe, 'probe-timeout', late)]), GRACE_MS);
  };
  const timer = setTimeout(stop, timeoutMs);
  outer?.addEventListener('abort', stop, { once: true });
  if (outer?.aborted) stop();
  try {
    const results = Promise.resolve(probe.run(context, inner.signal)).then((found) => [found].flat());
    results.catch(() => {}); // it may still throw after its time
    return await Promise.race([results, tooLate]);
  } catch (error) {
    return [
      inner.signal.aborted
        ? failure(probe, 'probe-timeout', late)
        : failure(probe, 'probe-failed', redactUrl(messageOf(error))),
    ];
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    outer?.removeEventListener('abort', stop);
  }
}

function failure(probe: Probe, finding: string, measured: string): ProbeResult {
  return {
    id: probe.id,
    finding,
    verdict: 'fail',
    measured,
    advice: 'Run it again alone with --only; if it stays so, this is a defect worth reporting.',
    data: {},
  };
}
