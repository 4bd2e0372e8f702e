// The models: there, unchanged since they were made, and how long they take to load and to be tried.

import { fileURLToPath } from 'node:url';
import { schema } from '../../config/index.ts';
import { runCommand } from '../command.ts';
import type { Trial } from '../model-trial.ts';
import { type Probe, resultOf } from '../probe.ts';

const TRIAL = fileURLToPath(new URL('../model-trial.ts', import.meta.url));
const TIMEOUT_MS = 20_000;

const findings = {
  good: { verdict: 'ok', cause: 'both models load, match their hashes and run', advice: null },
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
    const trial = trialOf(stdout);
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
    const { detector, reader, loadMs } = trial;
    return resultOf(
      'models',
      findings,
      'good',
      `${detector.name} ${detector.version} and ${reader.name} ${reader.version}, loaded and tried in ${loadMs} ms`,
      { ...trial },
    );
  },
};

function trialOf(stdout: string): Trial | undefined {
  try {
    return JSON.parse(stdout) as Trial;
  } catch {
    return undefined;
  }
}
