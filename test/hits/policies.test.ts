// The pure parts of hits, as tables.

import { randomUUIDv7 } from 'node:crypto';
import { test } from 'tap';
import type { HitPayload } from '../../agent/contract/index.ts';
import { createThresholds, foldHits, loadThresholds, stepOf } from '../../agent/hits/index.ts';
import { hitRecord, type Standing, type Told } from '../../agent/hits/records.ts';
import { textsWithin } from '../../agent/watchlist/index.ts';

test('what an action makes of a hit', (t) => {
  for (const [state, action, wanted] of [
    ['new', 'acknowledge', { to: 'acknowledged' }],
    ['new', 'confirm', { to: 'confirmed' }],
    ['new', 'close', { to: 'closed' }],
    ['acknowledged', 'reject', { to: 'rejected' }],
    ['confirmed', 'confirm', { stay: 'confirmed' }],
    ['closed', 'acknowledge', { stay: 'closed' }],
    ['withdrawn', 'close', { to: 'closed' }],
    ['withdrawn', 'confirm', { refused: 'a hit that is withdrawn cannot be confirmed' }],
    ['withdrawn', 'acknowledge', { refused: 'a hit that is withdrawn cannot be acknowledged' }],
    ['closed', 'reject', { refused: 'a hit that is closed cannot be rejected' }],
  ] as const)
    t.same(stepOf(state, action), wanted, `${state}, ${action}`);
  t.end();
});

test('the threshold: stricter for fewer false hits and for longer lists, and between what was measured', (t) => {
  const file = loadThresholds();
  const of = (falsePer10000: number, entries: number, expectedPer10000 = 1) =>
    createThresholds(file, [{ priority: 1, falsePer10000, acknowledgeSeconds: 1 }])({
      ...{ kind: 'alert-if-listed', priority: 1, entries, expectedPer10000 },
    });
  for (const entries of [50, 1000, 30_000, 1_000_000, 50_000_000]) {
    t.ok(of(0.5, entries) > of(5, entries), `${entries}`);
    for (const most of [0.1, 1, 20]) {
      const value = of(most, entries);
      t.ok(value >= 0.01 && value <= 0.9999, `${most} on ${entries}: ${value}`);
    }
  }
  const [low, between, high] = [of(1, 10_000), of(1, 30_000), of(1, 100_000)];
  t.ok((between - low) * (high - between) >= 0, `${low} ${between} ${high}`);
  t.equal(of(0.001, 1000), of(0.1, 1000), 'rarer than what was measured: the strictest that was');
  t.end();
});

test('a threshold that could not be measured asks for practical certainty', (t) => {
  const file = {
    ...loadThresholds(),
    entries: [1],
    expectedPer10000: [1],
    falsePer10000: [1],
    listed: [[[null]]],
    absent: [null],
  };
  for (const kind of ['alert-if-listed', 'alert-if-absent'] as const)
    t.equal(createThresholds(file, [])({ kind, priority: 5, entries: 10, expectedPer10000: 1 }), 0.9999);
  t.end();
});

test('texts within a rule of differences', (t) => {
  const rule = (differences: 0 | 1, lookAlikes: number) => [{ length: 3, differences, lookAlikes }];
  t.same([...textsWithin('1A0', [])], [['1A0', 0]], 'no rule for that length: exact');
  t.same(
    [...textsWithin('1AX', rule(0, 1))],
    [
      ['1AX', 0],
      ['IAX', 1],
      ['14X', 1],
    ],
  );
  t.equal(textsWithin('1AX', rule(0, 2)).get('I4X'), 2);
  const one = textsWithin('1AX', rule(1, 0));
  for (const text of ['2AX', '1A', '1AXX', 'AX']) t.equal(one.get(text), 1, text);
  t.equal(one.get('2BX'), undefined);
  t.equal(one.size, 1 + 3 * 35 + 4 * 36 - 3 + 3, 'each once');
  t.end();
});

test('a reminder that is written down after somebody has decided changes no state', (t) => {
  const address = { site: 'e19', box: 'north' };
  const raisedAt = Date.parse('2026-11-22T12:00:00.000Z');
  const standing: Standing = {
    ...{ id: randomUUIDv7(), readId: randomUUIDv7(), camera: 'pole', state: 'new', basis: 'read' },
    ...{ priority: 1, raisedAt, reminders: 0 },
  };
  const told = (change: Partial<Standing>, event: Told['event'], after: number) => {
    const record = hitRecord(address, { ...standing, ...change }, { event, at: raisedAt + after });
    return { ...record, payload: record.payload as HitPayload };
  };
  const [hit] = foldHits([
    told({}, 'raised', 0),
    told({ state: 'acknowledged' }, 'acknowledged', 5000),
    told({ reminders: 1 }, 'reminded', 5001),
  ]);
  t.match(hit, { state: 'acknowledged', reminders: 1 });
  t.same(
    hit?.history.map(({ event }) => event),
    ['raised', 'acknowledged', 'reminded'],
  );
  t.end();
});
