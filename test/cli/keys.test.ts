// `anpr keys` and `anpr audit` as a person meets them, while no agent runs.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { openJournal } from '../../agent/journal/index.ts';
import { CREDENTIAL_FILE, loadKeys, openRing, parseRing } from '../../agent/seal/index.ts';
import { ADDRESS, newRead, silent } from '../journal/records.ts';
import { anpr } from './anpr.ts';

/** The configuration of a box without an agent, and its journal's path. */
function box(t: Test): { config: string; path: string } {
  const dir = t.testdir();
  const path = join(dir, 'journal.db');
  const config = join(dir, 'agent.yaml');
  const socket = '/nonexistent/anpr.sock'; // a short path: tap's own are longer than a socket's may be
  writeFileSync(
    config,
    `version: 1\nsite: e19\nbox: north\njournal: {path: ${path}}\napi: {socket: ${socket}}\n`,
  );
  return { config, path };
}

test('keys are shown without their secrets, and a new one joins them', async (t) => {
  const { config, path } = box(t);
  const none = existsSync(CREDENTIAL_FILE) ? 0 : 1;
  const before = await anpr(['keys', 'show', '--config', config]);
  t.match(before, none ? { exitCode: 1, stderr: /seal\.no-keys/ } : {});
  const { ring, path: file } = loadKeys(path, { environment: {}, credential: '/nonexistent' });
  const { id, publicKey } = openRing(ring).current;
  const shown = await anpr(['keys', 'show', '--config', config]);
  t.match(shown, { exitCode: 0, stdout: id });
  t.ok(shown.stdout.includes(publicKey));
  t.notOk(shown.stdout.includes(ring.keys[0]!.secret));
  t.match(await anpr(['keys', 'rotate', '--config', config]), { exitCode: 0, stdout: /next start/ });
  const now = openRing(parseRing(readFileSync(file, 'utf8')));
  t.equal(now.ids[0], id, 'the old one stays');
  const json = JSON.parse((await anpr(['keys', 'show', '--json', '--config', config])).stdout);
  t.match(json, {
    place: 'file',
    keys: [
      { id, seals: false },
      { id: now.current.id, seals: true },
    ],
  });
});

test('reads are shown from the journal, and that is in the audit log', async (t) => {
  const { config, path } = box(t);
  const keys = loadKeys(path, { environment: {}, credential: '/nonexistent' }).ring;
  const journal = await openJournal({ path, log: silent, address: ADDRESS, keys });
  await journal.append(newRead(1, { text: '1ABC234' }));
  await journal.close();
  const reads = await anpr(['reads', '--plate', '1AB*', '--config', config]);
  t.match(reads, { exitCode: 0, stdout: /1ABC234/ }, reads.stderr);
  const audit = await anpr(['audit', '--config', config]);
  t.match(audit, { exitCode: 0, stdout: /the agent +key/ }, audit.stderr);
  t.match(audit.stdout, /reads +1 +limit 50, plate 1AB\*/);
  t.ok(audit.stdout.split('\n').every((line) => line.length <= 80));
});
