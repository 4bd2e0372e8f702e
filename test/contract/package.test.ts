// The contract as others get it: packed by npm, installed in a folder of its own, used from JavaScript and from TypeScript.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { CONTRACT_RELEASE, CONTRACT_VERSION } from '../../agent/contract/index.ts';
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
