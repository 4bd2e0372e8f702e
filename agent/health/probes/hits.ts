// Hits: whether somebody answers them, and whether people find them right, camera by camera.

import { type Probe, type ProbeResult, resultOf } from '../probe.ts';

/** So many have to have been judged before a share of them says anything. */
const LEAST_JUDGED = 10;
/** of a camera's judged hits: more that were of another plate, and something is wrong there */
const MOST_WRONG = 0.2;

const findings = {
  ok: { verdict: 'ok', cause: 'hits are answered, and people find them right', advice: null },
  waiting: {
    verdict: 'warn',
    cause: 'hits wait that nobody has acknowledged',
    advice: 'See them: anpr hits --waiting. Ask the centre whether its gateway answers cmd/hit.',
  },
  alarms: {
    verdict: 'warn',
    cause: 'an alarm on the spot is not taken',
    advice: 'See why in what was measured, and check hits.alarms in the configuration.',
  },
  wrong: {
    verdict: 'warn',
    cause: 'more than one in five of the hits of a camera were rejected because the plate was another one',
    advice:
      'Look at its pictures (anpr hits show, anpr snapshot {camera}) and its aim (anpr aim {camera}); allow fewer false hits (hits.priorities).',
  },
} as const;

export const probe: Probe = {
  id: 'hits',
  group: 'software',
  title: 'hits',
  timeoutMs: 5000,
  findings,
  applies: ({ agent, config }) => agent?.hits !== undefined && (config?.watchlists.lists.length ?? 0) > 0,
  async run({ agent }): Promise<ProbeResult[]> {
    const { waiting = 0, raised = 0, silenced = 0, judged = {} } = agent?.hits ?? {};
    const figures = `${raised} raised since the start, ${silenced} kept silent, ${waiting} not acknowledged`;
    const own = resultOf('hits', findings, waiting > 0 ? 'waiting' : 'ok', figures, { waiting, raised });
    const cameras = Object.entries(judged).map(([camera, { confirmed, rejected }]) => {
      const all = confirmed + Object.values(rejected).reduce((sum, count) => sum + (count ?? 0), 0);
      const wrong = rejected['wrong-plate'] ?? 0;
      const finding = all >= LEAST_JUDGED && wrong > all * MOST_WRONG ? 'wrong' : 'ok';
      const measured = `${all} judged in 30 days: ${confirmed} confirmed, ${wrong} of another plate`;
      return resultOf(`hits/${camera}`, findings, finding, measured, { camera, confirmed, rejected });
    });
    const alarms = (agent?.hits?.alarms ?? []).map(({ name, raised, waiting, problem }) =>
      resultOf(
        `hits/${name}`,
        findings,
        problem === null ? 'ok' : 'alarms',
        problem ?? `${raised} alarms raised`,
        { name, raised, waiting },
      ),
    );
    return [own, ...cameras, ...alarms];
  },
};
