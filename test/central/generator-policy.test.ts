// The generator's rules without a broker: which boxes are whose, which source may be believed, what a read says, when an entry is
// silent, and what its command does with wrong arguments.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { evidenceOf, matchEntries, probabilityOf, seenPlateOf } from '../../agent/watchlist/index.ts';
import { loadGeneratorConfig } from '../../scripts/generator/config.ts';
import { createSilence, hitIdOf } from '../../scripts/generator/matcher.ts';
import { mergeSources, SourceError } from '../../scripts/generator/merge.ts';
import { refuseShrunk } from '../../scripts/generator/publisher.ts';
import { assign, shareOf } from '../../scripts/generator/shares-policy.ts';
import { configured, readOf } from './generating.ts';
import { file } from './processes.ts';

const BOX = { site: 'e19', box: 'north' };
const names = (count: number) => Array.from({ length: count }, (_, n) => `g${n}`);

test('boxes belong to shares for good, and evenly', async (t) => {
  t.equal(shareOf(BOX, 32), shareOf({ ...BOX }, 32));
  // Written down: another hash would give every box to somebody else in the middle of a running group.
  t.same(
    [shareOf(BOX, 32), shareOf({ site: 'e19', box: 'south' }, 32), shareOf({ site: 'a', box: 'b' }, 7)],
    [1, 25, 0],
  );
  const counts = new Array<number>(32).fill(0);
  for (let n = 0; n < 10_000; n++) counts[shareOf({ site: `s${n % 100}`, box: `b${n}` }, 32)]! += 1;
  t.ok(Math.min(...counts) > 200 && Math.max(...counts) < 450, counts.join(' '));
});

test('every share is somebody’s, nobody has more than his part, and few move when one comes or goes', async (t) => {
  for (const [count, shares] of [
    [1, 32],
    [3, 32],
    [10, 32],
    [10, 10],
    [40, 32],
  ] as const) {
    const owners = assign(names(count), shares);
    t.equal(owners.length, shares);
    const most = Math.max(...names(count).map((name) => owners.filter((owner) => owner === name).length));
    t.equal(most, Math.ceil(shares / count), `${count} instances, ${shares} shares`);
    t.same(assign(names(count).reverse(), shares), owners, 'whoever asks');
  }
  const before = assign(names(10), 320);
  const without = assign(
    names(10).filter((name) => name !== 'g4'),
    320,
  );
  const moved = before.filter((owner, share) => owner !== 'g4' && without[share] !== owner).length;
  t.ok(moved < 320 / 4, `${moved} of 320 moved that need not have`);
});

test('a read out of its message: look-alikes keep their share, and a text without distributions is one all the same', async (t) => {
  const seen = seenPlateOf(readOf(BOX, 1, '1OBC234', { 1: { O: 0.55, '0': 0.44 } }).plate);
  const evidence = evidenceOf(seen);
  t.ok(
    Math.abs(probabilityOf('10BC234', evidence) / probabilityOf('1OBC234', evidence) - 0.44 / 0.55) < 0.01,
  );
  const [match] = matchEntries(
    [{ plate: '10BC234', country: null }],
    seen,
    evidence,
    { expectedPer10000: 1, entries: 100 },
    loadGrammars(),
  );
  t.ok(match && match.probability > 0.8, `${match?.probability}`);
  const bare = { ...readOf(BOX, 1, '1OBC234').plate, characters: [], confidence: 0.9 };
  t.ok(Math.abs(probabilityOf('1OBC234', evidenceOf(seenPlateOf(bare))) - 0.9) < 1e-3);
  const long = { ...bare, alternatives: [{ text: '1OBC2345', confidence: 0.06 }] };
  t.equal(probabilityOf('1OBC2345', evidenceOf(seenPlateOf(long))), 0.06);
});

test('an entry is silent for a while at one box, by the time of the reads', async (t) => {
  const silence = createSilence();
  const covers = (read: string, at: number, key = 'e19/north stolen 1ABC234') =>
    silence.covers(key, read, at, 300_000);
  t.equal(covers('a', 1_000_000), false);
  t.equal(covers('a', 1_000_000), false, 'the same read again');
  t.equal(covers('b', 1_200_000), true);
  t.equal(covers('b', 1_000_000 - 299_000), true, 'backlog from just before');
  t.equal(covers('b', 1_200_000, 'e19/south stolen 1ABC234'), false, 'another box');
  t.equal(covers('c', 1_300_000), false);
  t.equal(covers('d', 1_300_000 + 299_999), true);
});

test('a hit has the same id whoever finds it, and another one for another entry or read', async (t) => {
  const id = hitIdOf('019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b', 'stolen 1ABC234  P1');
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(hitIdOf('019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b', 'stolen 1ABC234  P1'), id);
  t.not(hitIdOf('019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5c', 'stolen 1ABC234  P1'), id);
  t.not(hitIdOf('019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b', 'stolen 1ABC234  P2'), id);
});

const source = (name: string, more: object = {}) => ({
  ...{
    name,
    file: name,
    columns: {} as never,
    ignoreColumns: [],
    delimiter: ',' as const,
    mayBeEmpty: false,
    mayShrink: 0.5,
    ...more,
  },
});

test('what sources say of one plate comes together', async (t) => {
  const rows: Record<string, object[]> = {
    a: [
      { plate: '1-ABC-234', reason: 'stolen' },
      { plate: '1ABC234', reason: 'fuel', priority: '1' },
      { plate: '2ABC234', to: '2030-01-01' },
    ],
    b: [
      { plate: '1abc234', reason: 'stolen', instruction: 'stop' },
      { plate: '2ABC234' },
      { plate: '3ABC*' },
      { plate: '3ABC*', reason: 'x'.repeat(400) },
      { plate: '3ABC*', reason: 'y'.repeat(400) },
    ],
  };
  const merged = mergeSources(
    { priority: 5, sources: [source('a'), source('b', { priority: 7 })] },
    ({ name }) => (rows[name] ?? []).map((row, index) => ({ line: index + 1, row })),
  );
  const lines = merged.lines.map((line) => JSON.parse(line));
  t.match(
    lines.find(({ plate }) => plate === '1ABC234'),
    { reason: 'stolen; fuel', instruction: 'stop', source: 'a; b', priority: '1' },
  );
  t.equal(lines.filter(({ plate }) => plate === '2ABC234').length, 2, 'another validity is another entry');
  const pattern = lines.find(({ plate }) => plate === '3ABC*');
  t.ok(pattern.reason.length <= 500 && pattern.reason.endsWith('…'), 'no longer than a reason may be');
  t.equal(pattern.priority, '7');
  t.match(merged.sources, [
    { rows: 3, joined: 1, bad: 0 },
    { rows: 5, joined: 3 },
  ]);
});

test('a source that lost too much is not believed', async (t) => {
  const sources = [source('a'), source('b', { mayShrink: 1 })];
  const before = { a: 100, b: 100 };
  const shrunk = (a: number, b: number) => () =>
    refuseShrunk(
      { sources },
      [
        { name: 'a', rows: a },
        { name: 'b', rows: b },
      ],
      before,
    );
  t.doesNotThrow(shrunk(50, 1));
  t.throws(shrunk(49, 100), /source a: it had 100 rows and now has 49, more than 50 %/);
  t.doesNotThrow(() => refuseShrunk({ sources }, [{ name: 'a', rows: 1 }], {}), 'known for the first time');
  t.ok(new SourceError('a', 'gone') instanceof Error);
});

const wrongConfigs: [what: string, text: string, said: RegExp][] = [
  ['no list', 'lists: []', /lists: Too small/],
  ['an unknown word', 'lists: [{id: a, sauces: []}]', /sources: .*expected array|Unrecognized key/],
  [
    'a source twice',
    'lists: [{id: a, sources: [{name: s, file: x}, {name: s, file: y}]}]',
    /the source s is there twice/,
  ],
  [
    'a list twice',
    'lists: [{id: a, sources: [{name: s, file: x}]}, {id: a, sources: [{name: s, file: x}]}]',
    /the list a is there twice/,
  ],
  ['no YAML', 'lists: [', /cannot be read/],
  ['a zone with no box', 'zones: {z: [north]}\nlists: [{id: a, sources: [{name: s, file: x}]}]', /SITE\/BOX/],
];

test('a configuration that is none says where and what', async (t) => {
  const directory = t.testdir();
  for (const [what, text, said] of wrongConfigs) {
    const path = join(directory, 'national.yaml');
    writeFileSync(path, text);
    t.throws(() => loadGeneratorConfig(path), said, what);
  }
});

test('the command with wrong arguments', async (t) => {
  const directory = t.testdir();
  const { file: national } = configured(directory, [{ id: 'a', sources: [{ name: 's', file: 's.csv' }] }]);
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [file('scripts/central.ts'), 'generator', ...args],
      { encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  };
  const help = run('--help');
  t.equal(help.status, 0);
  t.ok(help.stdout.split('\n').every((line) => line.length <= 80));
  t.match(run('match', '--sources', national, '--share', '11/10'), {
    status: 2,
    stderr: /wanted --share K\/N, K from 1 to N, found "11\/10"/,
  });
  const check = run('check', '--sources', national, '--json');
  t.equal(check.status, 1);
  t.match(JSON.parse(check.stdout), {
    event: 'kept',
    list: 'a',
    reason: /source s: .* cannot be read \(ENOENT\)/,
  });
});
