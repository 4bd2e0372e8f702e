// The configuration file: there, right, and its secrets not for everybody.

import { checkConfig } from '../../config/index.ts';
import { AnprError, codeOf, messageOf } from '../../shared/errors.ts';
import { countText } from '../../shared/quantities.ts';
import { type Probe, resultOf } from '../probe.ts';

const findings = {
  right: { verdict: 'ok', cause: 'the file is there and right', advice: null },
  missing: {
    verdict: 'warn',
    cause: 'there is no configuration file, or none that can be read',
    advice:
      'Write one with anpr config init, or name it with --config; only what needs no configuration was looked at.',
  },
  forbidden: {
    verdict: 'warn',
    cause: 'there is a configuration, and this user may not read it',
    advice:
      'Run anpr doctor with sudo, or join the group anpr (sudo usermod -aG anpr NAME) and log in anew; only what needs no configuration was looked at.',
  },
  wrong: { verdict: 'fail', cause: 'the file has mistakes', advice: 'Correct what anpr config check lists.' },
  doubtful: {
    verdict: 'warn',
    cause: 'the agent can start with it, but something in it is probably not meant so',
    advice: 'See each with anpr config check.',
  },
} as const;

export const probe: Probe = {
  id: 'configuration',
  group: 'software',
  title: 'configuration',
  timeoutMs: 5000,
  findings,
  applies: () => true,
  async run({ configFile }) {
    const data = { file: configFile };
    try {
      const { config, error, warnings } = checkConfig(configFile);
      if (error)
        return resultOf(
          'configuration',
          findings,
          'wrong',
          `${configFile}: ${countText(error.problems.length, 'problem')}, the first: ${error.problems[0]!.message}`,
          { ...data, problems: error.problems },
        );
      const what = `${configFile}: site ${config!.site}, box ${config!.box}, ${countText(config!.cameras.length, 'camera')}`;
      return warnings.length
        ? resultOf('configuration', findings, 'doubtful', `${what}; ${warnings.join('; ')}`, {
            ...data,
            warnings,
          })
        : resultOf('configuration', findings, 'right', what, data);
    } catch (error) {
      if (!(error instanceof AnprError)) throw error;
      const finding = codeOf(error) === 'config.forbidden' ? 'forbidden' : 'missing';
      return resultOf('configuration', findings, finding, messageOf(error), data);
    }
  },
};
