// A folder for one test whose path is short: a Unix socket's may have 107 bytes, and tap's own folders are longer.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

export function shortFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'anpr-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
