// The agent: whether it runs, and what it says of itself.

import { type Probe, resultOf } from '../probe.ts';

const findings = {
  running: { verdict: 'ok', cause: 'the agent answers on its socket', advice: null },
  'not-running': {
    verdict: 'warn',
    cause: 'no agent answers on its socket',
    advice: 'Start it with systemctl start anpr (or anpr run); why it stopped stands in journalctl -u anpr.',
  },
  forbidden: {
    verdict: 'warn',
    cause: 'an agent runs, and this user may not talk to it',
    advice: 'Run anpr doctor with sudo, or join the group anpr (sudo usermod -aG anpr NAME) and log in anew.',
  },
  troubled: {
    verdict: 'warn',
    cause:
      'the agent runs, but not all of its cameras stream, its uplink is not connected, or it could not take up a changed configuration',
    advice:
      'The probes of those cameras, of the broker and of the configuration say why; anpr status shows since when.',
  },
} as const;

export const probe: Probe = {
  id: 'agent',
  group: 'software',
  title: 'agent',
  timeoutMs: 5000,
  findings,
  applies: () => true,
  async run({ agent, agentForbidden }) {
    if (agentForbidden) return resultOf('agent', findings, 'forbidden', 'this user may not talk to it');
    if (!agent) return resultOf('agent', findings, 'not-running', 'no agent answers');
    const silent = agent.cameras
      .filter(({ state }) => state !== 'streaming')
      .map(({ id, state }) => `${id} ${state}`);
    const { state, reason } = agent.uplink;
    // Connected with a reason: the broker takes some of what this box sends, and some not.
    const isFine = state === 'off' || (state === 'connected' && reason === null);
    const offline = isFine ? [] : [`uplink ${state}${reason === null ? '' : `: ${reason}`}`];
    const refused = agent.config.problem === null ? [] : ['a changed configuration was not taken up'];
    const troubles = [...silent, ...offline, ...refused];
    const data = { pid: agent.pid, version: agent.version, troubles };
    const what = `version ${agent.version}, pid ${agent.pid}`;
    return troubles.length
      ? resultOf('agent', findings, 'troubled', `${what}: ${troubles.join(', ')}`, data)
      : resultOf('agent', findings, 'running', what, data);
  },
};
