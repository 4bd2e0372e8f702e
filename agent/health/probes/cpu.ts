// The processor: how hot, whether it is held back (heat, voltage), how many cores, and the vector instructions that
// the models need to be quick. Looked at for a second, because a counter only tells what is now by growing.

import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { countText } from '../../shared/quantities.ts';
import { cpuFinding, cpuKindOf, cpuTimesOf, throttlingOf } from '../cpu-policy.ts';
import { type HostFiles, hostFiles } from '../host-files.ts';
import { type Probe, resultOf } from '../probe.ts';
import { hottest } from '../temperature.ts';

const LOOK_MS = 1000;

const findings = {
  good: { verdict: 'ok', cause: 'cool enough, not held back, with vector instructions', advice: null },
  throttled: {
    verdict: 'fail',
    cause: 'the processor is held back right now, by heat or by its power supply',
    advice:
      'Under-voltage: use a stronger power supply and cable; heat: give the box air, shade or a heat sink.',
  },
  hot: {
    verdict: 'warn',
    cause: 'a sensor shows 85 °C or more, or is within 10 °C of its critical point',
    advice: 'Give the box air, shade or a heat sink, before it slows itself down.',
  },
  'was-throttled': {
    verdict: 'warn',
    cause: 'it was held back since the box started, but is not now',
    advice: 'Look again at the hottest hour, and at the power supply if it says under-voltage.',
  },
  busy: {
    verdict: 'warn',
    cause: 'more than 1.5 programs a core wanted to run over the last minute',
    advice: 'See by what with top; fewer looksPerSecond, a smaller stream or decode: vaapi make room.',
  },
  'no-vector': {
    verdict: 'warn',
    cause: 'the processor has neither AVX2 nor NEON',
    advice: 'Use a newer processor: the models are several times slower without these instructions.',
  },
} as const;

export const probe: Probe = {
  id: 'cpu',
  group: 'box',
  title: 'processor',
  timeoutMs: 5000,
  findings,
  applies: () => true,
  async run({ hostRoot }, signal) {
    const files = hostFiles(hostRoot);
    const kind = cpuKindOf(files.text('proc/cpuinfo') ?? '', process.arch);
    const before = { times: cpuTimesOf(files.text('proc/stat')), throttles: throttleCounts(files) };
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    const times = cpuTimesOf(files.text('proc/stat'));
    const throttles = throttleCounts(files);
    const firmware = throttlingOf(files.text('sys/devices/platform/soc/soc:firmware/get_throttled'));
    const sensor = hottest(files);
    const load = Number.parseFloat(files.text('proc/loadavg') ?? '');
    const passed = times && before.times ? times.total - before.times.total : 0;
    const measure = {
      ...kind,
      cores: availableParallelism(),
      celsius: sensor?.celsius ?? null,
      criticalCelsius: sensor?.criticalCelsius ?? null,
      throttledNow: [...firmware.now, ...(throttles > before.throttles ? ['throttled by heat'] : [])],
      throttledSinceBoot: [
        ...firmware.sinceBoot,
        ...(throttles > 0 ? [`throttled ${countText(throttles, 'time')}`] : []),
      ],
      loadPerCore: Number.isFinite(load) ? load / availableParallelism() : null,
      stolen: passed > 0 ? (times!.stolen - before.times!.stolen) / passed : null,
    };
    const { throttledNow, throttledSinceBoot } = measure;
    const measured = [
      `${countText(measure.cores, 'core')}${kind.model ? ` (${kind.model})` : ''}`,
      kind.vector ?? 'neither AVX2 nor NEON',
      measure.celsius === null
        ? 'no temperature sensor'
        : `${measure.celsius.toFixed(0)} °C (${sensor!.name})`,
      measure.loadPerCore === null ? undefined : `load ${measure.loadPerCore.toFixed(1)} a core`,
      measure.stolen && measure.stolen > 0.05
        ? `${(100 * measure.stolen).toFixed(0)} % taken by other machines`
        : undefined,
      throttledNow.length
        ? `held back now: ${throttledNow.join(', ')}`
        : throttledSinceBoot.length
          ? `since start: ${throttledSinceBoot.join(', ')}`
          : undefined,
    ];
    return resultOf('cpu', findings, cpuFinding(measure), measured.filter(Boolean).join(', '), measure);
  },
};

/** x86: how often any core or package was throttled by heat since the start. */
function throttleCounts(files: HostFiles): number {
  const cpus = files.names('sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name));
  const counts = cpus.flatMap((cpu) =>
    ['core_throttle_count', 'package_throttle_count'].map(
      (name) => files.number(`sys/devices/system/cpu/${cpu}/thermal_throttle/${name}`) ?? 0,
    ),
  );
  return Math.max(0, ...counts);
}
