// What was recorded and answered outlives the command, and what cannot be written or used is said.

import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { loadAcceptance } from '../../agent/commission/acceptance.ts';
import { conclude } from '../../agent/commission/concluding.ts';
import { noted, recordedMs } from '../../agent/commission/recording.ts';
import { openSession, sessionFolderOf } from '../../agent/commission/session.ts';
import type { JournalRecord } from '../../agent/journal/index.ts';
import { AnprError } from '../../agent/shared/errors.ts';
import { stateOf } from './state.ts';

const box = { camera: 'gate', site: 'ghent', box: 'box-1', anew: false, now: 1 };

test('the same test goes on; a new one forgets it', async (t) => {
  const output = join(t.testdir(), 'reports');
  const first = openSession({ output, ...box });
  t.notOk(first.resumed);
  first.state.tally = 7;
  first.keepPicture('1.jpg', Buffer.from('picture'));
  first.save();
  const again = openSession({ output, ...box });
  t.ok(again.resumed);
  t.equal(again.state.tally, 7);
  t.equal(String(again.picture('1.jpg')), 'picture');
  t.equal(statSync(again.folder).mode & 0o777, 0o700, 'for its owner alone: plates are in it');
  t.equal(statSync(join(again.folder, 'session.json')).mode & 0o777, 0o600);
  t.throws(() => openSession({ output, ...box, box: 'box-2' }), {
    code: 'commission.session',
    message: /ghent\/box-1/,
  });
  t.notOk(openSession({ output, ...box, anew: true }).resumed);
  again.remove();
  t.notOk(existsSync(sessionFolderOf(output, 'gate')));
});

test('a damaged or foreign session, and a place that cannot be written to', async (t) => {
  const output = t.testdir({ file: 'no folder' });
  const { folder } = openSession({ output, ...box });
  const file = join(folder, 'session.json');
  const whole = readFileSync(file, 'utf8');
  for (const [content, message] of [
    [whole.slice(0, 40), /damaged/],
    [whole.replace('"version":1', '"version":2'), /another version/],
  ] as const) {
    writeFileSync(file, content);
    t.throws(() => openSession({ output, ...box }), { code: 'commission.session', message });
  }
  t.throws(() => openSession({ output: join(output, 'file'), ...box }), { code: 'commission.unwritable' });
  const full = openSession({ output: join(output, 'other'), ...box });
  writeFileSync(join(full.folder, 'plug'), '');
  full.remove();
  t.throws(() => full.save(), { code: 'commission.unwritable' }, 'the folder is gone');
});

test('what the agent tells goes into the session', async (t) => {
  const session = openSession({ output: t.testdir(), ...box });
  const { state } = session;
  const jpeg = Buffer.from('jpeg').toString('base64');
  noted(session, { type: 'motion', from: 10_000, to: 13_000 });
  noted(session, { type: 'picture', of: 'moved', at: 10_500, jpeg });
  noted(session, { type: 'picture', of: 'moved', at: 30_500, jpeg });
  noted(session, { type: 'picture', of: 'view', at: 40_000, jpeg });
  noted(session, { type: 'passage', from: 11_000, to: 12_000, outcome: 'read', plate: null });
  t.same(state.pictures, [30_500], 'what was read after all is not kept');
  t.equal(session.picture('10500.jpg'), undefined);
  noted(session, { type: 'picture', of: 'moved', at: 12_500, jpeg });
  t.same(state.pictures, [30_500]);
  t.ok(state.hasView);
  noted(session, { type: 'sent', id: 'a', at: 5 });
  t.same(state.sent, { a: 5 });
});

test('a camera that was unplugged meanwhile: that time does not count, and the report says so', async (t) => {
  const session = openSession({ output: t.testdir(), ...box });
  const { state } = session;
  state.segments.push({ from: 0, to: 100_000 });
  noted(session, { type: 'camera', at: 0, state: 'streaming', reason: null });
  noted(session, { type: 'camera', at: 20_000, state: 'stalled', reason: 'no route' });
  noted(session, { type: 'camera', at: 50_000, state: 'streaming', reason: null });
  t.same(state.interruptions, [{ from: 20_000, to: 50_000, state: 'stalled', reason: 'no route' }]);
  t.equal(recordedMs(state), 70_000);
  t.equal(recordedMs(stateOf(9)), 200_000);
});

test('a read that reaches the journal late is waited for', async (t) => {
  const session = openSession({ output: t.testdir(), ...box });
  const { state } = session;
  const [from, to] = [100_000, 101_000];
  state.segments.push({ from: 90_000, to: 110_000 });
  const passage = { plate: null, outcome: 'read' };
  // the last two ended the recording's time or began before it: their reads are not in it
  state.passages.push({ ...passage, from, to }, { ...passage, from: 109_500, to: 110_500 });
  state.passages.push({ ...passage, from: 89_000, to: 91_000 });
  const record = {
    ...{ id: 'late', at: to, text: '1ABC123', confidence: 0.99, delivery: 'queued', deliveryAt: null },
    payload: {
      passage: { firstSeen: new Date(from).toISOString(), lastSeen: new Date(to).toISOString() },
      picture: { widthPx: 120 },
    },
  } as unknown as JournalRecord;
  let looks = 0;
  const settled = { settleMs: 10, lookEveryMs: 10, sample: 10, askMoments: false };
  const missing = await conclude({
    ...{ session, ...settled },
    api: {
      reads: async () => (++looks > 3 ? [record] : []),
      witness: async (_camera, signal) =>
        (async function* () {
          yield { type: 'sent' as const, id: 'late', at: 105_000 };
          if (!signal.aborted) await once(signal, 'abort');
        })(),
    },
  });
  t.same(
    state.reads.map(({ id, sentAt }) => [id, sentAt]),
    [['late', 105_000]],
  );
  t.equal(state.phase, 'review');
  t.equal(missing, 0);
  const api = { reads: async () => [], witness: async () => (async function* () {})() };
  t.equal(
    await conclude({ session, api, ...settled, mostSettleMs: 40 }),
    1,
    'one never came, and it is said',
  );

  const lost = openSession({ output: t.testdir(), ...box, anew: true });
  lost.state.segments.push({ from: 90_000, to: 110_000 });
  const gone = new AnprError('api.lost', 'gone');
  await t.rejects(
    conclude({
      ...{ session: lost, ...settled },
      api: { reads: async () => [], witness: () => Promise.reject(gone) },
    }),
    { code: 'api.lost' },
  );
});

test('a standard that is none is said, with the place in it', async (t) => {
  const folder = t.testdir({
    'agent.yaml': '',
    'acceptance.yaml':
      'version: 1\nname: ours\nrecording: {minutes: 5, passages: 9}\npictures: {samples: 0}\n',
    'wrong.yaml': 'version: 1\nname: ours\nread: {leastShare: 95}\n',
    'none.yaml': '{',
  });
  const own = loadAcceptance(undefined, join(folder, 'agent.yaml'));
  t.match(own.standard, { name: 'ours', recording: { minutes: 5 } }, 'beside the configuration');
  t.match(own.sha256, /^[0-9a-f]{64}$/);
  t.match(loadAcceptance(undefined, '/nonexistent/agent.yaml').standard, {
    captured: { leastShare: 0.98 },
    read: { leastShare: 0.95 },
    clock: { mostOffsetMs: 100 },
    delivered: { mostMs: 2000, leastShare: 0.95 },
  });
  t.throws(() => loadAcceptance(join(folder, 'wrong.yaml'), ''), {
    code: 'usage.acceptance',
    message: /read\.leastShare/,
  });
  t.throws(() => loadAcceptance(join(folder, 'none.yaml'), ''), { code: 'usage.acceptance' });
  t.throws(() => loadAcceptance(join(folder, 'missing.yaml'), ''), { code: 'usage.acceptance' });
});
