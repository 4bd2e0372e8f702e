// The models: there, unchanged since they were made, and how long they take to load and to look once.

import { AnprError, codeOf, messageOf } from '../../shared/errors.ts';
import { type Probe, resultOf } from '../probe.ts';

const findings = {
  good: { verdict: 'ok', cause: 'both models load, match their hashes and run', advice: null },
  unusable: {
    verdict: 'fail',
    cause: 'a model is missing, changed, cut short or does not fit its manifest',
    advice: '{remedy}',
  },
} as const;

export const probe: Probe = {
  id: 'models',
  title: 'models',
  timeoutMs: 20_000,
  findings,
  applies: () => true,
  async run({ config }) {
    // Loaded here and not above: the native runtime must not cost those who only list the probes.
    const { loadVision } = await import('../../vision/index.ts');
    const { schema } = await import('../../config/index.ts');
    const models = config?.models ?? schema.shape.models.parse({});
    const started = performance.now();
    try {
      const vision = await loadVision(models);
      const loadMs = Math.round(performance.now() - started);
      const { detector, reader } = vision.info;
      await vision.close();
      return resultOf(
        'models',
        findings,
        'good',
        `${detector.name} ${detector.version} and ${reader.name} ${reader.version}, loaded and tried in ${loadMs} ms`,
        { detector, reader, loadMs },
      );
    } catch (error) {
      if (!(error instanceof AnprError)) throw error;
      return resultOf('models', findings, 'unusable', messageOf(error), {
        code: codeOf(error),
        remedy: error.remedy ?? 'Install the models again.',
      });
    }
  },
};
