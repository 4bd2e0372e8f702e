// The published document, as AsyncAPI's own parser sees it: a platform team generates code from it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';
import { test } from 'tap';
import { type Channel, channels } from '../../agent/contract/index.ts';

const path = fileURLToPath(new URL('../../config/contract/asyncapi.yaml', import.meta.url));
const text = readFileSync(path, 'utf8');
/** A remark that there is a newer AsyncAPI is no fault. */
const INFORMATION = 2;

/** Files that it names are read from where it lies. */
async function parsed(yaml: string) {
  const { document: result, diagnostics } = await new Parser().parse(yaml, { source: path });
  const faults = diagnostics.filter(({ severity }) => severity < INFORMATION);
  return { result, faults: faults.map(({ code, path: at }) => `${code} ${at.join('/')}`) };
}

const document = parsed(text);

test('the official parser takes the document, with every channel, message and operation', async (t) => {
  const { result, faults } = await document;
  t.same(faults, []);
  const names = Object.keys(channels).sort();
  const idsOf = (all: { id(): string | undefined }[] | undefined) => all?.map((each) => each.id()).sort();
  t.same(idsOf(result?.allChannels().all()), names);
  t.same(idsOf(result?.allMessages().all()), names);
  // The document is a box's: what parts of the centre say among themselves is no operation of it.
  const own = Object.entries(channels).filter(
    ([, { direction }]) => direction === 'out' || direction === 'in',
  );
  t.same(idsOf(result?.allOperations().all()), own.map(([name]) => name).sort());
});

test('its examples, read by whatever YAML parser, are the messages they stand for', async (t) => {
  const { result } = await document;
  const known: Record<string, Channel> = channels;
  for (const message of result?.allMessages().all() ?? []) {
    const { schema, properties } = known[message.id()] ?? {};
    const [example, ...more] = message.examples().all();
    t.same(more, []);
    if (schema) t.same(schema.safeParse(example?.payload()).error, undefined, message.id());
    else if (properties) t.same(properties.safeParse(example?.headers()).error, undefined, message.id());
    else t.equal(example, undefined, `${message.id()}: no JSON`);
  }
});

test('it would not take one that names what is not there', async (t) => {
  const { result, faults } = await parsed(text.replace('gap.schema.json', 'other.schema.json'));
  t.equal(result, undefined);
  t.match(faults, ['invalid-ref components/messages/gap/payload/schema/$ref']);
});
