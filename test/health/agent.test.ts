// The running agent's own words, judged: a link that is up and still doesn't do all of its work is a trouble.

import { test } from 'tap';
import type { AgentStatus } from '../../agent/api/index.ts';
import { probe } from '../../agent/health/probes/agent.ts';
import { status } from '../api/answers.ts';

const streaming = status.cameras.map((camera) => ({ ...camera, state: 'streaming' as const }));
const uplinks: [what: string, uplink: Partial<AgentStatus['uplink']>, finding: string, measured: RegExp][] = [
  ['connected', { state: 'connected', reason: null }, 'running', /pid/],
  ['none configured', { state: 'off', reason: 'no uplink is configured' }, 'running', /pid/],
  [
    'one kind of records denied',
    { state: 'connected', reason: 'the broker does not take gap records' },
    'troubled',
    /does not take gap records/,
  ],
  ['held', { state: 'held', reason: 'not authorised (0x87)' }, 'troubled', /uplink held: not authorised/],
  ['waiting', { state: 'waiting', reason: 'nothing listens' }, 'troubled', /nothing listens/],
];

for (const [what, uplink, finding, measured] of uplinks)
  test(`uplink ${what}`, async (t) => {
    const agent = { ...status, cameras: streaming, uplink: { ...status.uplink, ...uplink } };
    const context = { configFile: '/nowhere', config: undefined, agent };
    const result = await probe.run(context, new AbortController().signal);
    t.match(result, { finding, measured });
  });
