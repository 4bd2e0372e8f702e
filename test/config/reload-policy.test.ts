// What of a changed configuration holds at once, and what waits for the next start.

import { test } from 'tap';
import { type Config, changesOf, parseConfig } from '../../agent/config/index.ts';

const camera = (id: string, more = '') => `  - {id: ${id}, url: 'rtsp://192.0.2.1/${id}'${more}}\n`;
const configOf = (cameras: string, rest = ''): Config =>
  parseConfig(`version: 1\nsite: e19\nbox: north\ncameras:\n${cameras}${rest}`, '/tmp/agent.yaml', {
    checkFiles: false,
  });

const old = configOf(camera('a') + camera('b') + camera('off', ', enabled: false'));

const table: [what: string, next: Config, wanted: Partial<ReturnType<typeof changesOf>>][] = [
  ['nothing', old, { added: [], removed: [], changed: [], atNextStart: [], uplink: false }],
  [
    'another order',
    configOf(camera('off', ', enabled: false') + camera('b') + camera('a')),
    { added: [], removed: [], changed: [], atNextStart: [] },
  ],
  [
    'one more, one less, one otherwise',
    configOf(camera('b', ', looksPerSecond: 5') + camera('c')),
    { added: ['c'], removed: ['a'], changed: ['b'], atNextStart: [] },
  ],
  [
    'switched off, and on',
    configOf(camera('a', ', enabled: false') + camera('b') + camera('off')),
    { added: ['off'], removed: ['a'], changed: [] },
  ],
  ['none left', configOf('  []\n'), { added: [], removed: ['a', 'b'], changed: [] }],
  [
    'what concerns each camera',
    configOf(camera('a') + camera('b'), 'reads: {minCharacters: 4}\n'),
    { changed: ['a', 'b'], atNextStart: [] },
  ],
  [
    'which overviews are made',
    configOf(camera('a') + camera('b'), 'evidence: {overview: full}\n'),
    { changed: ['a', 'b'], atNextStart: [] },
  ],
  [
    'where pictures lie',
    configOf(camera('a') + camera('b'), 'evidence: {directory: /elsewhere, overview: full}\n'),
    { changed: ['a', 'b'], atNextStart: ['evidence'] },
  ],
  [
    'what nothing runs on',
    configOf(
      camera('a') + camera('b'),
      'position: {latitude: 51, longitude: 4}\naudit: {reasonRequired: true}\n',
    ),
    { changed: [], atNextStart: [] },
  ],
  [
    'what the agent was started with',
    configOf(
      camera('a') + camera('b'),
      "uplink: {url: 'mqtt://broker'}\njournal: {path: /x}\napi: {socket: /y}\nlog: {level: debug}\n",
    ),
    { changed: [], uplink: true, atNextStart: ['api', 'journal', 'log'] },
  ],
];

for (const [what, next, wanted] of table)
  test(`changed: ${what}`, (t) => {
    t.match(changesOf(old, next), wanted);
    t.end();
  });

test('what waits for the next start stays as it is until then, and is told each time', (t) => {
  const next = configOf(
    camera('a'),
    'log: {level: debug}\nevidence: {directory: /elsewhere, overview: none}\n',
  );
  const first = changesOf(old, next);
  t.equal(first.config.log.level, 'info');
  t.equal(first.config.evidence.directory, old.evidence.directory);
  t.equal(first.config.evidence.overview, 'none');
  t.match(changesOf(first.config, next), {
    added: [],
    removed: [],
    changed: [],
    atNextStart: ['evidence', 'log'],
  });
  t.same(changesOf(first.config, old).atNextStart, [], 'put back');
  t.end();
});

const uplink = (more: string) => configOf(camera('a'), `uplink: {url: 'mqtt://broker'${more}}\n`);
const uplinks: [what: string, before: Config, next: Config, wanted: object][] = [
  ['none', uplink(''), uplink(''), { uplink: false, atNextStart: [] }],
  [
    'another broker',
    uplink(''),
    uplink(", fallbacks: [{url: 'mqtt://other'}]"),
    { uplink: true, atNextStart: [], config: { uplink: { fallbacks: [{ url: 'mqtt://other' }] } } },
  ],
  ['taken out', uplink(''), configOf(camera('a')), { uplink: true, atNextStart: [] }],
  [
    'how much goes in a day',
    uplink(''),
    uplink(', pictures: {dailyMiB: 5}'),
    { uplink: true, atNextStart: [], config: { uplink: { pictures: { dailyMiB: 5 } } } },
  ],
  [
    'which pictures go by themselves',
    uplink(', pictures: {send: plate}'),
    uplink(', pictures: {send: all}'),
    { uplink: true, atNextStart: [], config: { uplink: { pictures: { send: 'all' } } } },
  ],
  [
    'one where none was',
    configOf(camera('a')),
    uplink(', pictures: {send: all}'),
    { uplink: true, atNextStart: [], config: { uplink: { pictures: { send: 'all' } } } },
  ],
];

for (const [what, before, next, wanted] of uplinks)
  test(`changed in the uplink: ${what}`, (t) => {
    t.match(changesOf(before, next), wanted);
    t.equal(changesOf(before, next).config.uplink === undefined, next.uplink === undefined);
    t.end();
  });

test('a position that was taken out is gone', (t) => {
  const placed = configOf(camera('a'), 'position: {latitude: 51, longitude: 4}\n');
  t.notOk('position' in changesOf(placed, configOf(camera('a'))).config);
  t.end();
});

test('another site or box is another agent: it waits', (t) => {
  const moved = { ...old, site: 'e17', box: 'south' };
  t.match(changesOf(old, moved), { atNextStart: ['box', 'site'], config: { site: 'e19', box: 'north' } });
  t.end();
});
