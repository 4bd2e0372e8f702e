// The journal's form changes only with the agent's minor version: what `docs/install.md` promises to whoever goes back to
// an older one.

import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { SCHEMA_VERSION, schemaHash } from '../../agent/journal/schema.ts';

/** By minor version, oldest first; the lines of released ones are never changed. */
const FORMS: [minor: string, version: number, hash: string][] = [['0.1', 6, 'ab7bc25f9dee98e4']];

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

test(`all agents ${minorOf(version)} have one form of the journal`, async (t) => {
  const [minor, form, hash] = FORMS.at(-1)!;
  t.equal(minor, minorOf(version), 'a new minor version has its line in this test');
  t.equal(
    SCHEMA_VERSION,
    form,
    `the journal's form changes with the minor version only: until ${minor}.0 is released change this line, then make a new one`,
  );
  t.equal(schemaHash(form), hash);
});

test('what led to earlier forms is not changed any more', async (t) => {
  for (const [minor, form, hash] of FORMS) t.equal(schemaHash(form), hash, minor);
  const forms = FORMS.map(([, form]) => form);
  t.same(
    forms,
    forms.toSorted((a, b) => a - b),
  );
});

function minorOf(text: string): string {
  return text.split('.').slice(0, 2).join('.');
}
