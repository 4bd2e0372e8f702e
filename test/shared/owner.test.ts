// What root leaves below the agent's folders is the agent's.

import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { asideFileOf, recordAside } from '../../agent/audit/index.ts';
import { schema } from '../../agent/config/index.ts';
import { loadKeys, openRing } from '../../agent/seal/index.ts';
import { makeOwnedFolder, ownAsFolder } from '../../agent/shared/owner.ts';
import { importList } from '../../agent/watchlist/index.ts';

const AGENT = 65534;
const notRoot = process.getuid?.() === 0 ? false : 'needs root';

function agentsFolder(t: Test): string {
  const folder = join(t.testdir(), 'state');
  mkdirSync(folder, { mode: 0o750 });
  if (!notRoot) chownSync(folder, AGENT, AGENT);
  return folder;
}

test('a file, and folders in folders', { skip: notRoot }, (t) => {
  const folder = agentsFolder(t);
  writeFileSync(join(folder, 'file'), '');
  ownAsFolder(join(folder, 'file'));
  t.match(statSync(join(folder, 'file')), { uid: AGENT, gid: AGENT });
  const inner = join(folder, 'a/b');
  makeOwnedFolder(inner, 0o700);
  for (const path of [join(folder, 'a'), inner])
    t.match(statSync(path), { uid: AGENT, gid: AGENT, mode: 0o40700 }, path);
  makeOwnedFolder(inner, 0o755);
  t.equal(statSync(inner).mode & 0o777, 0o700, 'one that is there stays as it is');
  t.end();
});

test('whoever is not root owns it anyway', (t) => {
  const folder = agentsFolder(t);
  makeOwnedFolder(join(folder, 'x'), 0o700);
  t.doesNotThrow(() => ownAsFolder(join(folder, 'x')));
  t.end();
});

test('a list that root imports, and a note of what root looked at, can be read by the agent', {
  skip: notRoot,
}, (t) => {
  const folder = agentsFolder(t);
  const journal = join(folder, 'journal.db');
  const { ring } = loadKeys(journal, { environment: {}, credential: '/nonexistent' });
  recordAside(journal, ring, {
    ...{ action: 'reads', who: null, filter: {}, reason: null, rows: 1 },
  });
  t.equal(statSync(asideFileOf(journal)).uid, AGENT);
  const csv = join(folder, 'stolen.csv');
  writeFileSync(csv, 'plate\n1ABC234\n');
  const { lists } = schema.parse({
    ...{ version: 1, site: 's', box: 'b' },
    watchlists: { lists: [{ id: 'stolen', expectedPer10000: 1 }] },
  }).watchlists;
  const directory = join(folder, 'watchlists');
  for (const list of lists)
    importList({ directory, list, ring: openRing(ring), file: csv, format: 'csv', delta: false });
  for (const path of [directory, join(directory, 'stolen.db')]) t.equal(statSync(path).uid, AGENT, path);
  t.end();
});
