// Versions: of this command, of the agent that runs, of what both are made of.

import { type Probe, resultOf } from '../probe.ts';
import { versions } from '../versions.ts';

const findings = {
  good: {
    verdict: 'ok',
    cause: 'command and running agent are of one version, all packages are there',
    advice: null,
  },
  'other-agent': {
    verdict: 'warn',
    cause: 'the running agent is of another version than this command',
    advice: 'Restart the agent to run what is installed: systemctl restart anpr.',
  },
  incomplete: {
    verdict: 'fail',
    cause: 'a package that the agent needs is not installed',
    advice: 'Install anpr-edge again; in a checkout scripts/test brings the packages.',
  },
} as const;

export const probe: Probe = {
  id: 'versions',
  group: 'software',
  title: 'versions',
  timeoutMs: 2000,
  findings,
  applies: () => true,
  async run({ agent }) {
    const found = versions();
    const missing = Object.entries(found.packages).flatMap(([name, version]) =>
      version === null ? [name] : [],
    );
    const { 'onnxruntime-node': onnxruntime, 'better-sqlite3': sqlite, mqtt } = found.packages;
    const measured = [
      `anpr ${found.anpr}`,
      agent && agent.version !== found.anpr ? `but the agent that runs is ${agent.version}` : undefined,
      missing.length ? `missing: ${missing.join(', ')}` : undefined,
      `Node ${found.node}, ONNX Runtime ${onnxruntime}, better-sqlite3 ${sqlite}, mqtt ${mqtt}`,
    ];
    const finding = missing.length
      ? 'incomplete'
      : agent && agent.version !== found.anpr
        ? 'other-agent'
        : 'good';
    return resultOf('versions', findings, finding, measured.filter(Boolean).join(', '), {
      ...found,
      agent: agent?.version ?? null,
    });
  },
};
