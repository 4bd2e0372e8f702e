// A fresh process with a home of its own loads both models: ONNX Runtime leaves no queue of reports behind.

import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';

test('nothing is kept for, or told to, the maker of ONNX Runtime', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'home-'));
  t.teardown(() => rmSync(home, { recursive: true }));
  const vision = new URL('../../agent/vision/index.ts', import.meta.url).href;
  const script = `const { loadVision } = await import('${vision}');
    await (await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' })).close();`;
  const env = { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: join(home, '.cache') };
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { env });
  t.same(readdirSync(home), []);
});
