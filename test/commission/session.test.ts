// What was recorded and answered outlives the command, and what cannot be written or used is said.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { loadAcceptance } from '../../agent/commission/acceptance.ts';
import { noted, recordedMs } from '../../agent/commission/recording.ts';
import { openSession, sessionFolderOf } from '../../agent/commission/session.ts';
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
