// Where the keys lie, as the doctor says it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import type { Config } from '../../agent/config/index.ts';
import type { ProbeContext, ProbeResult } from '../../agent/health/index.ts';
import { probe } from '../../agent/health/probes/keys.ts';
import { loadKeys, openRing } from '../../agent/seal/index.ts';
import { status } from '../api/answers.ts';

/** What the probe finds for a journal; with an agent it takes the agent's word. */
async function found(journalPath: string, agent?: ProbeContext['agent']): Promise<ProbeResult> {
  const config = { journal: { path: journalPath } } as Config;
  const results = await probe.run(
    { configFile: '', config, agent } as ProbeContext,
    AbortSignal.timeout(5000),
  );
  return [results].flat()[0]!;
}

test('what a running agent says of its keys', async (t) => {
  const { keys } = status;
  t.match(await found('/nonexistent/journal.db', status), {
    finding: 'sealed',
    verdict: 'ok',
    measured: keys.current,
  });
  const file = { ...status, keys: { ...keys, place: 'file' as const } };
  t.match(await found('/nonexistent/journal.db', file), {
    finding: 'file',
    verdict: 'warn',
    advice: /anpr keys seal/,
  });
  const replaced = { ...status, keys: { ...keys, problem: 'no keys; kept as x.unusable-1' } };
  t.match(await found('/nonexistent/journal.db', replaced), {
    finding: 'replaced',
    verdict: 'warn',
    measured: /unusable/,
  });
});

test('without an agent the file is looked at, and nothing of it is told but its id', async (t) => {
  const journal = join(t.testdir(), 'journal.db');
  t.match(await found(journal), { finding: 'none', verdict: 'ok' });
  const { ring, path } = loadKeys(journal, { environment: {}, credential: '/nonexistent' });
  const result = await found(journal);
  t.match(result, { finding: 'file', measured: openRing(ring).current.id });
  t.notOk(JSON.stringify(result).includes(ring.keys[0]!.secret));
  writeFileSync(path, 'rubbish');
  t.match(await found(journal), { finding: 'replaced', verdict: 'warn' });
});
