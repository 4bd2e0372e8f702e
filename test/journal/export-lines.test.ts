// Pictures in an export are what their records say; what is not is left out and counted.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { exportLines, openJournal } from '../../agent/journal/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { ADDRESS, newRead, silent } from './records.ts';

for (const kept of ['sealed', 'in clear'])
  test(`pictures that were changed, swapped or removed are left out, ${kept}`, async (t) => {
    const folder = t.testdir();
    const keys = newRing();
    const ring = kept === 'sealed' ? { keys } : {};
    const directory = join(folder, 'evidence');
    const store = createEvidenceStore({ directory, ...ring });
    const journal = await openJournal({ path: join(folder, 'j.db'), log: silent, address: ADDRESS, keys });
    t.teardown(() => journal.close());
    const files: string[] = [];
    for (const n of [1, 2, 3, 4]) {
      const read = newRead(n);
      const { kind, sizeBytes, sha256, file } = await store.put(
        read.id,
        'plate',
        read.at,
        Buffer.from(`jpeg ${n}`),
      );
      files.push(file);
      await journal.append({ ...read, pictures: [{ kind, at: read.at, sizeBytes, sha256 }] });
    }
    const [, changed, swapped, removed] = files as [string, string, string, string];
    const bytes = readFileSync(changed);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(changed, bytes);
    writeFileSync(swapped, readFileSync(files[0]!));
    rmSync(removed);
    const lines: string[] = [];
    for await (const line of exportLines(
      { exportPage: journal.exportPage, picture: store.get },
      { pictures: true },
    ))
      lines.push(line);
    const all = lines.map((line) => JSON.parse(line));
    t.same(all.at(-1), { export: { records: 5, pictures: 1, unreadable: 0, missing: 1, changed: 2 } });
    t.same(
      all.slice(0, -1).map(({ pictures = [] }) => pictures.length),
      [0, 1, 0, 0, 0],
      'the key, the first read with its picture, the others without',
    );
    t.ok(readdirSync(directory).length > 0);
  });
