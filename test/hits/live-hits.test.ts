// What the agent keeps in memory of hits, where it runs for years and nobody answers.

import { test } from 'tap';
import { createLiveHits, type LiveHit } from '../../agent/hits/live-hits.ts';

const DAY_MS = 86_400_000;

/** @param open its passage has not ended */
function hit(id: string, ageMs: number, open = false): LiveHit {
  const standing: LiveHit['hit'] = {
    ...{
      id,
      readId: `read of ${id}`,
      camera: 'pole',
      state: 'new',
      basis: 'read',
      priority: 1,
      reminders: 4,
    },
    raisedAt: Date.now() - ageMs,
  };
  const raised = Promise.resolve();
  return { hit: standing, open, raised, dueMs: Number.POSITIVE_INFINITY } as LiveHit;
}

test('hits that nobody answers are forgotten after a day: the journal has them', (t) => {
  const live = createLiveHits();
  for (let day = 1; day <= 1000; day++) live.add(hit(`old ${day}`, (1001 - day) * DAY_MS + 1));
  live.add(hit('of today', 1000));
  live.add(hit('long passage', 2 * DAY_MS, true));
  t.equal(live.waiting(), 2, 'one of today, and one whose passage has not ended');
  t.equal(live.get('old 1000'), undefined);
  t.ok(live.get('of today'));
  t.same(
    live.ofPassage('read of long passage').map((each) => each.hit.id),
    ['long passage'],
  );
  t.end();
});
