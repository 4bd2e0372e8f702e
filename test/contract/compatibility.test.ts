// Versions of the contract against each other: yesterday's consumer reads today's messages, today's reads yesterday's, and a box
// understands what either centre sends. `released/` has the schemas of each version as they went out, and messages of that time.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { z } from 'zod';
import { type Channel, channels, parseTolerant } from '../../agent/contract/index.ts';
import { recordOf } from '../../scripts/consumer/arrival.ts';
import { examples } from '../../scripts/lib/contract-examples.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const released = new URL('released/', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const schemaIn = (folder: string, name: string): z.ZodType =>
  z.fromJSONSchema(read(join(folder, `${name}.schema.json`)));
const folderOf = (version: string) => fileURLToPath(new URL(`${version}/`, released));
const namesIn = (version: string) =>
  readdirSync(folderOf(version)).flatMap((file) => /^(\w+)\.schema\.json$/.exec(file)?.[1] ?? []);
const today = join(root, 'config/contract');
const messages: Record<string, unknown> = examples;
const known: Record<string, Channel> = channels;

test('each channel has an example, which its own schema takes: the one in the code and the published one', async (t) => {
  for (const [name, { schema, properties }] of Object.entries(known)) {
    const own = schema ?? properties;
    if (!own) continue;
    t.same(own.safeParse(messages[name]).error, undefined, name);
    t.same(schemaIn(today, name).safeParse(messages[name]).error, undefined, `${name}, published`);
  }
});

test("yesterday's consumer reads today's messages; yesterday's box understands today's centre", async (t) => {
  for (const version of readdirSync(released))
    for (const name of namesIn(version))
      t.same(
        schemaIn(folderOf(version), name).safeParse(messages[name]).error,
        undefined,
        `${name} by ${version}`,
      );
});

test("today's consumer reads yesterday's messages; today's box understands yesterday's centre", async (t) => {
  for (const version of readdirSync(released)) {
    const old = read(join(folderOf(version), 'examples.json'));
    t.same(Object.keys(old).sort(), namesIn(version).sort());
    for (const [name, message] of Object.entries(old)) {
      t.same(
        schemaIn(folderOf(version), name).safeParse(message).error,
        undefined,
        `${name} is one of ${version}`,
      );
      const schema = known[name]?.schema ?? known[name]?.properties;
      t.same(schema?.safeParse(message).error, undefined, `${name} of ${version}`);
    }
  }
});

test('a value that yesterday did not know: a strict consumer refuses the record, a tolerant one keeps it', async (t) => {
  const { audit } = examples;
  const entries = { ...audit, audit: { ...audit.audit, action: 'entries' } };
  const yesterday = schemaIn(folderOf('1.0.0'), 'audit');
  t.notOk(yesterday.safeParse(entries).success);
  t.same(parseTolerant(yesterday, entries), { message: entries, unknown: ['audit.action'] });
  t.same(parseTolerant(yesterday, audit), { message: audit, unknown: [] });
  const later = { ...audit, audit: { ...audit.audit, action: 'of-tomorrow' } };
  t.match(
    recordOf('audit', later, JSON.stringify(later)),
    { id: audit.id, seq: audit.seq },
    'the consumer here',
  );
  const gap = { ...examples.gap, gap: { ...examples.gap.gap, reason: 'of-tomorrow' } };
  t.match(
    recordOf('gap', gap, JSON.stringify(gap)),
    { gap: { from: 12, to: 40 } },
    'a gap counts, whatever it is for',
  );
});

test('what is wrong otherwise is wrong for a tolerant consumer too, and is not told with what stood there', async (t) => {
  const { audit } = examples;
  for (const [what, message] of [
    ['another message', { ...audit, type: 'gap' }],
    ['another version', { ...audit, schema: 2 }],
    ['a value of another type', { ...audit, audit: { ...audit.audit, action: 7 } }],
    ['a value that is missing', { ...audit, audit: { ...audit.audit, action: undefined } }],
    ['a new value beside something wrong', { ...audit, seq: 0, audit: { ...audit.audit, action: 'secret' } }],
  ] as const) {
    const error = t.throws(() => parseTolerant(channels.audit.schema, message), { name: 'ZodError' }, what);
    t.notMatch(JSON.stringify(error), 'secret');
  }
});

type Schema = { [name: string]: unknown };
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** What of a released schema is no longer as it was, for who relies on it. */
function broken(old: unknown, now: unknown, direction: Channel['direction'], path: string): string[] {
  if (!isSchema(old)) return [];
  if (!isSchema(now)) return [`${path}: is gone`];
  const found: string[] = [];
  for (const word of ['type', 'pattern', 'format', 'const'])
    if (
      JSON.stringify(old[word]) !== JSON.stringify(now[word]) &&
      (word === 'type' || old[word] !== undefined)
    )
      found.push(`${path}: ${word} was ${JSON.stringify(old[word])}, is ${JSON.stringify(now[word])}`);
  for (const value of (old.enum as unknown[] | undefined) ?? [])
    if (!(now.enum as unknown[] | undefined)?.includes(value))
      found.push(`${path}: the value ${value} is gone`);
  const [wanted, given] = [(old.required as string[]) ?? [], (now.required as string[]) ?? []];
  // A consumer relies on what was always there; a box must not want more than yesterday's centre sends.
  const missing =
    direction !== 'in'
      ? wanted.filter((name) => !given.includes(name))
      : given.filter((name) => !wanted.includes(name));
  for (const name of missing)
    found.push(`${path}.${name}: ${direction !== 'in' ? 'may be missing now' : 'is wanted now'}`);
  for (const [name, member] of Object.entries((old.properties as Schema) ?? {}))
    found.push(
      ...broken(member, (now.properties as Schema | undefined)?.[name], direction, `${path}.${name}`),
    );
  if (old.items !== undefined) found.push(...broken(old.items, now.items, direction, `${path}[]`));
  return found;
}

test('what was released stays as it was: members are only added', async (t) => {
  const directions = new Map<string, Channel['direction']>(
    Object.entries(channels).map(([name, { direction }]) => [name, direction]),
  );
  for (const version of readdirSync(released))
    for (const name of namesIn(version)) {
      const file = `${name}.schema.json`;
      const now = join(root, 'config/contract', file);
      t.ok(existsSync(now), `${file} of ${version} is still there`);
      const old = read(fileURLToPath(new URL(`${version}/${file}`, released)));
      t.same(broken(old, read(now), directions.get(name) ?? 'out', name), [], `${name} as in ${version}`);
    }
});

test('a change that would break somebody is found', async (t) => {
  const old = {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string' }, b: { enum: ['x', 'y'] } },
  };
  t.same(broken(old, old, 'out', 'm'), []);
  t.same(broken(old, { ...old, properties: { ...old.properties, c: {} } }, 'out', 'm'), [], 'a new member');
  t.match(broken(old, { ...old, required: [] }, 'out', 'm'), ['m.a: may be missing now']);
  t.match(broken(old, { ...old, required: ['a', 'b'] }, 'in', 'm'), ['m.b: is wanted now']);
  t.match(broken(old, { ...old, properties: { b: { enum: ['x'] } } }, 'out', 'm'), [
    'm.a: is gone',
    'm.b: the value y is gone',
  ]);
  t.match(broken(old, { ...old, properties: { ...old.properties, a: { type: 'number' } } }, 'out', 'm'), [
    /m.a: type was/,
  ]);
});
