// Probes side by side: one that hangs or breaks is a result, and the others go on.

import { test } from 'tap';
import { type Probe, type ProbeContext, probes, runProbes } from '../../agent/health/index.ts';

const context: ProbeContext = { configFile: '/nonexistent', config: undefined, agent: undefined };

function probeOf(id: string, run: Probe['run'], timeoutMs = 10_000): Probe {
  return { id, group: 'box', title: id, timeoutMs, findings: {}, applies: () => true, run };
}

const good = (id: string) => ({
  id,
  finding: 'good',
  verdict: 'ok' as const,
  measured: '',
  advice: null,
  data: {},
});

test('each probe is told of as it ends, all in the order of the list', async (t) => {
  const told: string[] = [];
  const second = Promise.withResolvers<void>();
  const reports = await runProbes(
    [
      probeOf('first', async () => {
        await second.promise;
        return [good('first/a'), good('first/b')];
      }),
      probeOf('second', async () => good('second')),
    ],
    context,
    {
      onReport({ probe }) {
        told.push(probe.id);
        if (probe.id === 'second') second.resolve();
      },
    },
  );
  t.same(told, ['second', 'first']);
  t.same(
    reports.map(({ results }) => results.map(({ id }) => id)),
    [['first/a', 'first/b'], ['second']],
  );
});

test('a probe that breaks fails alone, without secrets', async (t) => {
  const [broken, fine] = await runProbes(
    [
      probeOf('broken', async () => {
        throw new Error('cannot open rtsp://user:hunter2@camera/x');
      }),
      probeOf('fine', async () => good('fine')),
    ],
    context,
  );
  t.match(broken!.results, [{ finding: 'probe-failed', verdict: 'fail', measured: /cannot open/ }]);
  t.notMatch(broken!.results[0]!.measured, /hunter2/);
  t.match(fine!.results, [{ verdict: 'ok' }]);
});

test('a probe that throws before it promises anything fails alone too', async (t) => {
  const thrower = probeOf('thrower', () => {
    throw new Error('at once');
  });
  t.match((await runProbes([thrower], context))[0]!.results, [{ finding: 'probe-failed' }]);
});

test('a probe is told when its time is over, and given up when it does not listen', async (t) => {
  const listens = probeOf(
    'listens',
    (_context, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    1,
  );
  const deaf = probeOf('deaf', () => new Promise(() => {}), 1);
  const reports = await runProbes([listens, deaf], context);
  for (const { results } of reports) t.match(results, [{ finding: 'probe-timeout', verdict: 'fail' }]);
});

test('whoever runs them can stop them all', async (t) => {
  const abort = new AbortController();
  const waits = probeOf(
    'waits',
    (_context, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(good('waits')));
        abort.abort();
      }),
  );
  t.match((await runProbes([waits], context, { signal: abort.signal }))[0]!.results, [{ verdict: 'ok' }]);
});

test('every registered probe has its words', (t) => {
  t.equal(new Set(probes.map(({ id }) => id)).size, probes.length, 'ids are used once');
  for (const { id, findings } of probes)
    for (const [name, { verdict, cause, advice }] of Object.entries(findings)) {
      t.ok(cause, `${id} ${name} says when`);
      t.ok(verdict === 'ok' || advice, `${id} ${name} says what to do`);
    }
  t.end();
});
