// What the doctor says of hits: nobody answers, a camera's hits are of other plates, an alarm on the spot is not taken.

import { test } from 'tap';
import type { Config } from '../../agent/config/index.ts';
import type { ProbeContext } from '../../agent/health/index.ts';
import { probe } from '../../agent/health/probes/hits.ts';
import { status } from '../api/answers.ts';

type Hits = NonNullable<NonNullable<ProbeContext['agent']>['hits']>;

const quiet: Hits = { raised: 12, withdrawn: 1, silenced: 3, waiting: 0, judged: {}, alarms: [] };
const lists = { watchlists: { lists: [{ id: 'stolen' }] } } as unknown as Config;

async function found(hits: Partial<Hits>) {
  const context = { configFile: '', config: lists, agent: { ...status, hits: { ...quiet, ...hits } } };
  return [await probe.run(context as ProbeContext, AbortSignal.timeout(5000))].flat();
}

const judged = (confirmed: number, wrongPlate: number, other = 0) => ({
  pole: { confirmed, rejected: { 'wrong-plate': wrongPlate, other } },
});

test('hits that are answered are well', async (t) => {
  t.match(await found({}), [
    { id: 'hits', finding: 'ok', verdict: 'ok', measured: '12 raised since the start' },
  ]);
});

test('hits that nobody acknowledged', async (t) => {
  t.match(await found({ waiting: 2 }), [
    { finding: 'waiting', verdict: 'warn', advice: /anpr hits --waiting/ },
  ]);
});

const cameras: [what: string, judgements: Hits['judged'], finding: string][] = [
  ['more than one in five of another plate', judged(7, 3), 'wrong'],
  ['one in five is not more', judged(8, 2), 'ok'],
  ['rejected for what is in the list, not for what was read', judged(2, 1, 7), 'ok'],
  ['too few to say anything', judged(0, 9), 'ok'],
];

test('a camera whose hits people find wrong', async (t) => {
  for (const [what, judgements, finding] of cameras) {
    const [own, camera] = await found({ judged: judgements });
    t.match(own, { id: 'hits', finding: 'ok' }, what);
    t.match(camera, { id: 'hits/pole', finding, verdict: finding === 'ok' ? 'ok' : 'warn' }, what);
  }
});

test('an alarm on the spot that is not taken', async (t) => {
  const alarm = { name: 'webhook' as const, raised: 4, waiting: 1, problem: 'the other side said 503' };
  const results = await found({ alarms: [alarm, { ...alarm, name: 'mqtt', problem: null }] });
  t.match(results.slice(1), [
    { id: 'hits/webhook', finding: 'alarms', verdict: 'warn', measured: 'the other side said 503' },
    { id: 'hits/mqtt', finding: 'ok', measured: '4 alarms raised' },
  ]);
});

test('without lists, or with an older agent, there is nothing to say', async (t) => {
  const applies = (agent: object, config: object) =>
    probe.applies?.({ agent, config } as unknown as ProbeContext);
  t.ok(applies({ ...status, hits: quiet }, lists));
  t.notOk(applies({ ...status, hits: quiet }, { watchlists: { lists: [] } }));
  t.notOk(applies({ ...status, hits: undefined }, lists));
});
