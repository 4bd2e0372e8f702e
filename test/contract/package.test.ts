// The contract as others get it: packed by npm, installed in a folder of its own, used from JavaScript and from TypeScript; and
// held against what was released before: yesterday's consumer reads today's messages, and today's box yesterday's.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { type Channel, CONTRACT_RELEASE, CONTRACT_VERSION, channels } from '../../agent/contract/index.ts';
import { buildContractPackage, PACKAGE_NAME, runBare } from '../../scripts/contract-package.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('the package holds what it says, installs, and works without the project', async (t) => {
  const dir = t.testdir();
  const made = join(dir, 'made');
  buildContractPackage(made);
  const [packed] = JSON.parse(runBare('npm', ['pack', '--json', '--silent', '--offline'], made));
  t.match(packed, { name: PACKAGE_NAME, version: CONTRACT_RELEASE });
  t.ok(CONTRACT_RELEASE.startsWith(`${CONTRACT_VERSION}.`));
  const files: string[] = packed.files.map(({ path }: { path: string }) => path);
  for (const wanted of [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'schemas/asyncapi.yaml',
    'schemas/read.schema.json',
  ])
    t.ok(files.includes(wanted), wanted);
  t.same(
    files.filter((file) => !/\.(js|d\.ts|json|yaml|md)$|^LICENSE$/.test(file)),
    [],
    'no sources, nothing else',
  );
  t.same(
    files.filter((file) => /key-file|credential|locker|ring|journal|agent\/config\//.test(file)),
    [],
    'nothing of the box itself',
  );
  t.match(readFileSync(join(made, 'CHANGELOG.md'), 'utf8'), `## ${CONTRACT_RELEASE}`);

  const modules = join(dir, 'consumer', 'node_modules');
  const installed = join(modules, PACKAGE_NAME);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(made, packed.filename), '-C', installed, '--strip-components=1']);
  const { dependencies } = read(join(installed, 'package.json'));
  t.same(Object.keys(dependencies), ['zod'], 'the schema library alone');
  symlinkSync(join(root, 'node_modules/zod'), join(modules, 'zod'));
  const program = `
    import { csvHead, isoCountryOf } from '${PACKAGE_NAME}/adapters';
    import { addressOf, canonical, receiptMessage, topicOf, verifyRecords } from '${PACKAGE_NAME}';
    const receipt = { schema: 1, type: 'receipt', site: 'a', box: 'b', at: '2026-11-22T13:07:56.123Z', epoch: 'e', upTo: 3, holes: [] };
    const report = await verifyRecords({ records: () => [] });
    console.log(JSON.stringify([
      topicOf({ site: 'a', box: 'b' }, 'read'), addressOf('anpr/1/a/b/read'), receiptMessage.parse(receipt).upTo,
      receiptMessage.safeParse({}).success, canonical({ b: 1, a: 2 }), report.records,
      isoCountryOf('B'), csvHead().slice(0, 10),
    ]));
  `;
  writeFileSync(join(dir, 'consumer', 'use.mjs'), program);
  const said = JSON.parse(runBare(process.execPath, ['use.mjs'], join(dir, 'consumer')));
  t.same(said, [
    'anpr/1/a/b/read',
    { site: 'a', box: 'b', name: 'read' },
    3,
    false,
    '{"a":2,"b":1}',
    0,
    'BE',
    'record,id,',
  ]);

  writeFileSync(
    join(dir, 'consumer', 'use.mts'),
    `import { hitMessage, type HitMessage, type ReadMessage, type WatchlistManifest } from '${PACKAGE_NAME}';
    export const text = (read: ReadMessage, list: WatchlistManifest): string => read.plate.text + list.version;
    export const hit = (value: unknown): HitMessage => hitMessage.parse(value);
    // @ts-expect-error a read has no colour
    export const wrong = (read: ReadMessage) => read.colour;`,
  );
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--skipLibCheck',
    'false',
  ];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  runBare(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, 'use.mts'],
    join(dir, 'consumer'),
  );
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
  const released = new URL('released/', import.meta.url);
  const directions = new Map<string, Channel['direction']>(
    Object.entries(channels).map(([name, { direction }]) => [name, direction]),
  );
  for (const version of readdirSync(released))
    for (const file of readdirSync(new URL(`${version}/`, released))) {
      const name = file.replace('.schema.json', '');
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
