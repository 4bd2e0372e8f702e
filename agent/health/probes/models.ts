// The models: there, unchanged since they were made, how long they take to load, and how many frames a second they
// would look at on this box.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { schema } from '../../config/index.ts';
import { parsedJson } from '../../shared/json.ts';
import { runCommand } from '../command.ts';
import { looksPerSecond, speedFinding } from '../model-policy.ts';
import type { Trial } from '../model-trial.ts';
import { type Probe, resultOf } from '../probe.ts';

const TRIAL = fileURLToPath(new URL('../model-trial.ts', import.meta.url));
const TIMEOUT_MS = 20_000;

const findings = {
  good: { verdict: 'ok', cause: 'the models load, match their hashes and run', advice: null },
  slow: {
    verdict: 'warn',
    cause: 'the models work, but each camera would be looked at fewer than 5 times a second',
    advice: 'See the cpu probe; fewer cameras on this box, models.threads: 2 or a faster box help.',
  },
  unusable: {
    verdict: 'fail',
    cause: 'a model is missing, changed, cut short or does not fit its manifest',
    advice: '{remedy}',
  },
  crashed: {
    verdict: 'fail',
    cause: 'the runtime of the models crashes on this machine',
    advice:
      'Look for too little memory (dmesg), or a processor older than this runtime supports (AVX2 on x86).',
  },
} as const;

export const probe: Probe = {
  id: 'models',
  group: 'software',
  title: 'models',
  timeoutMs: TIMEOUT_MS,
  findings,
  applies: () => true,
  async run({ config }, signal) {
    const models = config?.models ?? schema.shape.models.parse({});
    const { stdout, stderr, endedBy, exitCode } = await runCommand(
      process.execPath,
      [TRIAL, JSON.stringify(models)],
      { timeoutMs: TIMEOUT_MS, signal },
    );
    const trial = parsedJson(stdout) as Trial | undefined;
    if (!trial)
      return resultOf(
        'models',
        findings,
        'crashed',
        `the trial ended with ${endedBy ?? `status ${exitCode}`}: ${stderr.trim().split('\n').at(-1)?.slice(0, 200) || 'not a word'}`,
        { endedBy, exitCode },
      );
    if ('error' in trial) {
      const { code, message, remedy = 'Install the models again.' } = trial.error;
      return resultOf('models', findings, 'unusable', message, { code, remedy });
    }
    const { models: loaded, loadMs, warmUpMs, lookMs } = trial;
    const cameras = config?.cameras.filter(({ enabled }) => enabled).length ?? 0;
    const looks = looksPerSecond(lookMs, { cameras, cores: availableParallelism(), threads: models.threads });
    return resultOf(
      'models',
      findings,
      speedFinding(looks),
      [
        `${loaded.map(({ name, version }) => `${name} ${version}`).join(', ')}, as their hashes say`,
        `loaded in ${loadMs} ms, warm after ${Math.round(warmUpMs)} ms, ${lookMs.toFixed(1)} ms a look`,
        `expected: ${looks.toFixed(0)} frames/s${cameras > 1 ? ` for each of ${cameras} cameras` : ''}`,
      ].join(', '),
      { ...trial, looksPerSecond: looks, cameras },
    );
  },
};
