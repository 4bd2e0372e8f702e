// The published document, as AsyncAPI's own parser sees it: a platform team generates code from it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';
import { test } from 'tap';
import { channels } from '../../agent/contract/index.ts';

const path = fileURLToPath(new URL('../../config/contract/asyncapi.yaml', import.meta.url));
const text = readFileSync(path, 'utf8');
/** A remark that there is a newer AsyncAPI is no fault. */
const INFORMATION = 2;

/** Files that it names are read from where it lies. */
async function parsed(document: string) {
  const { document: result, diagnostics } = await new Parser().parse(document, { source: path });
  const faults = diagnostics.filter(({ severity }) => severity < INFORMATION);
  return { result, faults: faults.map(({ code, path: at }) => `${code} ${at.join('/')}`) };
}

test('the official parser takes the document, with every channel, message and operation', async (t) => {
  const { result, faults } = await parsed(text);
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

test('it would not take one that names what is not there', async (t) => {
  const { result, faults } = await parsed(text.replace('gap.schema.json', 'other.schema.json'));
  t.equal(result, undefined);
  t.match(faults, ['invalid-ref components/messages/gap/payload/schema/$ref']);
});
