// Sources become lists that boxes have: merged, published when they change, and left as they were when a source is not what it
// should be.

import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { watchlistTopicOf } from '../../agent/contract/index.ts';
import { openRing } from '../../agent/seal/index.ts';
import { listContents } from '../../agent/watchlist/index.ts';
import { readKey, writeKey } from '../../scripts/publisher/publish.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { folder, police, ring, startBox } from '../lists/parts.ts';
import { client, configured, publishing } from './generating.ts';

const skip = noMosquitto;
const DAY_MS = 86_400_000;
const lists = [
  {
    id: 'stolen',
    priority: 4,
    bestBeforeDays: 2,
    sources: [
      { name: 'police', file: 'police.csv', delimiter: ';', columns: { plate: 'Kenteken', reason: 'Reden' } },
      { name: 'sis', file: 'sis.jsonl', priority: 2, reason: 'signalled' },
    ],
  },
];

async function sources(t: Parameters<typeof folder>[0], more: object = {}) {
  const mosquitto = await startMosquitto();
  t.teardown(() => mosquitto.stop());
  const directory = folder(t);
  const { config } = configured(directory, [{ ...lists[0], ...more }]);
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write('police.csv', 'Kenteken;Reden\n1-ABC-234;robbery\n1XYZ999;\n');
  write(
    'sis.jsonl',
    '{"plate":"1abc234","reference":"S1"}\n{"plate":"2AA*"}\n{"plate":"1XYZ999","country":"NL"}\n',
  );
  const state = join(directory, 'state');
  const { url } = mosquitto;
  return { directory, url, config, state, write, look: await publishing(t, url, { config, state }) };
}

test('two sources are one list, and a box has it; what changes comes as changes', { skip }, async (t) => {
  const { url, write, look } = await sources(t);
  const box = await startBox(t, { url });
  t.match(await look(), [{ event: 'published', version: 1, rows: 4, why: 'changed' }]);
  t.match(await box.until(({ version }) => version === 1), { entries: 3, patterns: 1, leftOut: 0 });
  const contents = listContents(box.directory, 'stolen', openRing(ring));
  const entries = [...(contents?.entries() ?? [])];
  contents?.close();
  t.match(
    entries.find(({ plate }) => plate === '1ABC234'),
    { reason: 'robbery; signalled', source: 'police; sis', reference: 'S1', priority: 2 },
    'both reasons, and the more urgent priority',
  );
  const both = entries.filter(({ plate }) => plate === '1XYZ999');
  t.match(
    new Map(both.map(({ country, reason, priority }) => [country, [reason, priority]])),
    new Map([
      [null, [null, null]],
      ['NL', ['signalled', 2]],
    ]),
    'of any country, and of one: two entries',
  );
  t.same(await look(), [], 'nothing has changed: nothing is told again');

  const many = Array.from({ length: 500 }, (_, n) => `7ABC${String(n).padStart(3, '0')};`).join('\n');
  write('police.csv', `Kenteken;Reden\n1-ABC-234;robbery\n${many}\n`);
  t.match(await look(), [{ version: 2, rows: 503 }]);
  await box.until(({ version }) => version === 2);
  write('police.csv', `Kenteken;Reden\n1-ABC-234;robbery\n${many}\n9ZZZ999;\n`);
  t.match(await look(), [{ version: 3, rows: 504 }]);
  t.match(await box.until(({ version }) => version === 3), { entries: 503 });
  await box.until(() => box.notes.length === 3);
  t.match(box.notes[2], { filter: { from: 'changes over MQTT' } });
});

const wrong: [
  what: string,
  change: (to: { directory: string; write(name: string, text: string): void }) => void,
  reason: RegExp,
][] = [
  [
    'is gone',
    ({ directory }) => rmSync(join(directory, 'sis.jsonl')),
    /source sis: .* cannot be read \(ENOENT\)/,
  ],
  [
    'has a column nobody knows',
    ({ write }) => write('police.csv', 'Kenteken;Owner\n1ABC234;x\n'),
    /unknown|does not know: "Owner"/,
  ],
  [
    'is another kind of file',
    ({ write }) => write('sis.jsonl', '\0\u0001\n'.repeat(20)),
    /20 of 20 rows cannot be taken/,
  ],
  ['is empty', ({ write }) => write('sis.jsonl', ''), /no row that can be taken/],
  ['was cut', ({ write }) => write('sis.jsonl', '{"plate":"1ABC234"}\n'), /it had 3 rows and now has 1/],
  [
    'removes',
    ({ write }) => write('sis.jsonl', '{"plate":"1ABC234","action":"remove"}\n'),
    /no row that can be taken .*nothing is removed/,
  ],
];

test('a source that is not what it should be: its list stays, and the centre is told which and why', {
  skip,
}, async (t) => {
  for (const [what, change, reason] of wrong) {
    const to = await sources(t);
    t.match(await to.look(), [{ version: 1 }]);
    change(to);
    const told = await to.look();
    t.match(told, [{ event: 'kept', version: 1, reason }], what);
    t.notMatch(JSON.stringify(told), /1ABC234/, 'without a plate');
    t.same(await to.look(), [], 'said once');
    to.write('police.csv', 'Kenteken;Reden\n1-ABC-234;robbery\n1XYZ999;\n');
    to.write('sis.jsonl', '{"plate":"3CCC333"}\n{"plate":"4CCC333"}\n');
    t.match(await to.look(), [{ event: 'published', version: 2 }], 'mended');
  }
});

test('restarted, without its folder, with a clock in the past: no version twice, none goes back', {
  skip,
}, async (t) => {
  const { url, config, state, write, look, directory } = await sources(t);
  const listening = await client(t, url);
  const versions: number[] = [];
  listening.on('message', (_topic, payload) => versions.push(JSON.parse(payload.toString()).version));
  await listening.subscribeAsync(watchlistTopicOf('stolen'), { qos: 1 });
  await look();
  const again = await publishing(t, url, { config, state });
  t.match(await again(), [{ event: 'unchanged', version: 1 }], 'restarted');
  // The rows in another order and notation are the same list.
  write(
    'sis.jsonl',
    '{"plate":"1XYZ-999","country":"NL"}\n{"plate":"2AA*"}\n{"reference":"S1","plate":"1ABC234"}\n',
  );
  t.same(await again(), [], 'still unchanged: nothing new to tell');

  rmSync(state, { recursive: true });
  const forgetful = await publishing(t, url, { config, state });
  t.match(await forgetful(), [{ event: 'unchanged', version: 1 }], 'the broker knows what it had published');
  write('sis.jsonl', '{"plate":"2AA*"}\n{"plate":"5DDD555"}\n');
  t.match(await forgetful(), [{ event: 'published', version: 2 }], 'and numbers go on');

  write('sis.jsonl', '{"plate":"2AA*"}\n{"plate":"6DDD555"}\n');
  const past = await publishing(t, url, { config, state, now: () => Date.now() - DAY_MS });
  t.match(await past(), [{ event: 'kept', version: 2, reason: /this clock says .* it has gone back/ }]);
  const right = await publishing(t, url, { config, state });
  t.match(await right(), [{ event: 'published', version: 3 }], 'the clock is right again');

  // Nothing changes, but boxes would call it overdue: it is published anew, as no changes at all.
  const later = await publishing(t, url, { config, state, now: () => Date.now() + 1.5 * DAY_MS });
  t.match(await later(), [{ event: 'published', version: 4, why: 'renewed' }]);
  t.same(await later(), []);
  t.same(versions, [1, 2, 3, 4]);

  // Another key's manifest, higher, is not ours to go on from.
  const key = writeKey(join(directory, 'other.key'), Buffer.alloc(32, 9));
  t.equal(readKey(join(directory, 'other.key')).id, key.id);
  t.not(key.id, police.id);
  const other = await publishing(t, url, { config, state: join(directory, 'other'), key });
  t.match(await other(), [{ event: 'published', version: 1 }]);
});

test('what it remembers of its sources is damaged: the list stays, until that is removed', {
  skip,
}, async (t) => {
  const { look, state, write } = await sources(t);
  await look();
  const remembered = join(state, 'stolen', 'sources.json');
  writeFileSync(remembered, '{"police":');
  write('sis.jsonl', '{"plate":"2AA*"}\n{"plate":"5DDD555"}\n');
  t.match(await look(), [{ event: 'kept', version: 1, reason: /sources\.json is damaged: .*Remove it/ }]);
  rmSync(remembered);
  t.match(await look(), [{ event: 'published', version: 2 }]);
});

test('killed while a version was made: what is half there was never published', { skip }, async (t) => {
  const { look, state, write, url, config } = await sources(t);
  await look();
  const { openShelf } = await import('../../scripts/publisher/shelf.ts');
  openShelf(state, 'stolen').put(2, '1', 'half a part');
  write('sis.jsonl', '{"plate":"2AA*"}\n{"plate":"5DDD555"}\n');
  const again = await publishing(t, url, { config, state });
  t.match(await again(), [{ event: 'published', version: 2 }]);
  const box = await startBox(t, { url });
  t.match(await box.until(({ version }) => version === 2), { entries: 3, refused: null });
});

test('a file that is being written is left until it rests', { skip }, async (t) => {
  const { url, config, state, directory } = await sources(t);
  const patient = await publishing(t, url, { config, state, quietMs: 60_000 });
  t.same(await patient(), [], 'just written');
  for (const name of ['police.csv', 'sis.jsonl']) utimesSync(join(directory, name), 1e9, 1e9);
  t.match(await patient(), [{ event: 'published', version: 1 }]);
});
