// The contract's own rules: what a consumer may rely on in every message, and what the published files say.

import { readFileSync } from 'node:fs';
import { test } from 'tap';
import {
  addressOf,
  channels,
  gapMessage,
  receiptMessage,
  replayCommand,
  topicPatternOf,
} from '../../agent/contract/index.ts';
import { contractFiles } from '../../scripts/lib/contract-files.ts';

const gap = {
  schema: 1,
  type: 'gap',
  id: '019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b',
  epoch: 'second',
  seq: 7,
  lane: 'urgent',
  site: 'e19',
  box: 'north',
  at: '2026-11-22T13:07:56.123Z',
  gap: { what: 'records', epoch: 'first', from: 3, to: 5, count: 3, reason: 'expired' },
};

test('a message with members of a later version is still one', async (t) => {
  t.ok(gapMessage.safeParse({ ...gap, added: 'later' }).success);
  for (const [path, content] of Object.entries(contractFiles()))
    if (path.endsWith('.json')) t.notMatch(content, '"additionalProperties": false', path);
});

const wrong: [what: string, schema: { safeParse(value: unknown): { success: boolean } }, value: unknown][] = [
  ['a gap without reason', gapMessage, { ...gap, gap: { ...gap.gap, reason: undefined } }],
  ['a gap for a reason that nobody knows', gapMessage, { ...gap, gap: { ...gap.gap, reason: 'bored' } }],
  ['a record in no lane', gapMessage, { ...gap, lane: 'pictures' }],
  [
    'a receipt whose hole begins at 0',
    receiptMessage,
    { schema: 1, type: 'receipt', site: 'a', box: 'b', at: gap.at, epoch: 'e', upTo: 3, holes: [[0, 1]] },
  ],
  [
    'a replay that ends before it begins',
    replayCommand,
    { schema: 1, type: 'command', command: 'replay', id: '1', from: 5, to: 4 },
  ],
];

test('what the contract does not allow', async (t) => {
  t.ok(gapMessage.safeParse(gap).success, 'the gap itself is right');
  for (const [what, schema, value] of wrong) t.notOk(schema.safeParse(value).success, what);
});

test('topics say whose message it is', async (t) => {
  t.same(addressOf('anpr/1/e19/north/read'), { site: 'e19', box: 'north', name: 'read' });
  t.same(addressOf('anpr/1/e19/north/evidence/1-2'), { site: 'e19', box: 'north', name: 'evidence/1-2' });
  for (const other of [
    'anpr/2/e19/north/read',
    'anpr/1/e19',
    'anpr/1/e19/north',
    'else',
    'anpr/1/watchlist/stolen/12/1',
  ])
    t.equal(addressOf(other), undefined, other);
});

test('the published document names each channel, and each schema file is there', async (t) => {
  const document = readFileSync(new URL('../../config/contract/asyncapi.yaml', import.meta.url), 'utf8');
  for (const channel of Object.values(channels)) t.match(document, `${topicPatternOf(channel)}\n`);
  for (const [, file = ''] of document.matchAll(/\$ref: (\S+\.schema\.json)/g))
    t.ok(readFileSync(new URL(`../../config/contract/${file}`, import.meta.url)), file);
});
