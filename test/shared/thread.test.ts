// A thread whose heap has a bound.

import { test } from 'tap';
import { startThread } from '../../agent/shared/thread.ts';
import type { KeepingOperations } from './keeping-thread.ts';

const MODULE = new URL('keeping-thread.ts', import.meta.url);
const LIMITS = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 };

test('a thread that keeps more than it may ends with an error that says whose it was; its owner goes on', async (t) => {
  const thread = await startThread<KeepingOperations, undefined>(
    MODULE,
    undefined,
    'tried',
    undefined,
    LIMITS,
  );
  t.equal(await thread.call('keep', 1000), 1000, 'what fits is kept');
  await t.rejects(thread.call('keep', 100_000_000), { code: 'tried.failed' });
  t.match(await thread.ended, { code: 'tried.failed', message: /memory/i });
});
