// A user of the box who is not in the group anpr: told so, and what to do, by whatever is asked.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { connectApi } from '../../agent/api/index.ts';
import { findAgent } from '../../agent/cli/connection.ts';
import { loadConfig } from '../../agent/config/index.ts';
import { probe as agent } from '../../agent/health/probes/agent.ts';
import { probe as configuration } from '../../agent/health/probes/configuration.ts';

const NOBODY = 65534;
const JOIN = /with sudo, or join the group anpr/;

/** A folder as /run/anpr is for a stranger: there, and closed; root has to become one first. */
function closedFolder(t: Test): string {
  const outer = mkdtempSync(join(tmpdir(), 'anpr-')); // short, for the socket's path
  chmodSync(outer, 0o755);
  const folder = join(outer, 'closed');
  mkdirSync(join(folder, 'anpr.sock.who'), { recursive: true });
  writeFileSync(join(folder, 'agent.yaml'), 'version: 1\nsite: s\nbox: b\n');
  chmodSync(folder, 0);
  const own = process.geteuid?.();
  if (own === 0) process.seteuid?.(NOBODY);
  t.teardown(() => {
    if (own === 0) process.seteuid?.(own);
    chmodSync(folder, 0o700);
    rmSync(outer, { recursive: true });
  });
  return folder;
}

test('the agent may not be talked to', async (t) => {
  const folder = closedFolder(t);
  const client = await connectApi(join(folder, 'anpr.sock'));
  await t.rejects(client.status(), { code: 'api.forbidden', remedy: JOIN });
});

test('the configuration may not be read, and that is not the same as none', async (t) => {
  const file = join(closedFolder(t), 'agent.yaml');
  t.throws(() => loadConfig(file), { code: 'config.forbidden', remedy: JOIN });
  await t.rejects(findAgent(file), { code: 'config.forbidden' });
});

test('the doctor says so too, instead of telling to begin a configuration and an agent', async (t) => {
  const context = {
    configFile: join(closedFolder(t), 'agent.yaml'),
    config: undefined,
    agent: undefined,
    agentForbidden: true,
  };
  const { signal } = new AbortController();
  for (const probe of [configuration, agent])
    t.match(await probe.run(context, signal), { finding: 'forbidden', verdict: 'warn', advice: JOIN });
});
