// What goes into the package, as tables.

import { test } from 'tap';
import { neededPackages, packageOf } from '../../scripts/packaging/needed-policy.ts';
import { licenceTexts } from '../../scripts/packaging/notices.ts';
import { licenceAllowed, unnamedHelpers, wanted } from '../../scripts/packaging/prune-policy.ts';
import type { Lock } from '../../scripts/packaging/registry.ts';
import { targets } from '../../scripts/packaging/target.ts';

test('which files of a package go along', async (t) => {
  const yes = [
    'pino/lib/proto.js',
    'pino/package.json',
    'zod/v4/core/schemas.js',
    'sharp/dist/output.mjs',
    'better-sqlite3/prebuilds/linux-x64.node',
    'better-sqlite3/lib/database.js',
    'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
    'onnxruntime-node/dist/index.js',
    '@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8.18.7',
    'tests/LICENSE',
    'a/LICENCE.md',
    'a/NOTICE.txt',
    'a/ThirdPartyNotices.txt',
    'a/node_modules/b/index.js',
  ];
  const no = [
    'pino/lib/proto.d.ts',
    'pino/lib/proto.js.map',
    'pino/README.md',
    'pino/test/basic.test.js',
    'pino/node_modules/b/docs/api.js',
    'pino/.prettierrc',
    'pino/pino.min.js',
    'zod/v3/index.js',
    'zod/index.cjs',
    'sharp/dist/output.cjs',
    'sharp/src/pipeline.cc',
    'better-sqlite3/prebuilds/linux-arm64.node',
    'better-sqlite3/prebuilds/darwin-arm64.node',
    'better-sqlite3/prebuilds/linuxmusl-x64.node',
    'better-sqlite3/deps/sqlite3/sqlite3.c',
    'onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
    'onnxruntime-node/bin/napi-v6/darwin/arm64/libonnxruntime.dylib',
    'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so',
    'onnxruntime-node/script/install.js',
    'mqtt/dist/mqtt.esm.js',
    'mqtt/build/bin/pub.js',
    '@types/ws/index.js',
  ];
  for (const path of yes) t.ok(wanted(path, targets.amd64), path);
  for (const path of no) t.notOk(wanted(path, targets.amd64), path);
  t.ok(wanted('better-sqlite3/prebuilds/linux-arm64.node', targets.arm64));
  t.notOk(wanted('better-sqlite3/prebuilds/linux-x64.node', targets.arm64));
});

test('which packages are needed at run time', async (t) => {
  const of = (...names: string[]) => ({
    version: '1.0.0',
    dependencies: Object.fromEntries(names.map((name) => [name, '*'])),
  });
  const lock: Lock = {
    '': { ...of('mqtt', 'onnxruntime-node', '@scope/own'), version: '0.1.0' },
    'node_modules/mqtt': of('ws', 'commist'),
    'node_modules/commist': of('leven'),
    'node_modules/leven': of(),
    'node_modules/onnxruntime-node': of('adm-zip', 'onnxruntime-common'),
    'node_modules/onnxruntime-common': of(),
    'node_modules/adm-zip': of(),
    'node_modules/ws': of('mqtt'),
    'node_modules/@scope/own': of('ws', 'gone'),
    'node_modules/@scope/own/node_modules/ws': of('deep'),
    'node_modules/deep': of(),
    'node_modules/tap': { ...of('leven'), dev: true },
  };
  t.same([...neededPackages(lock)].sort(), [
    'node_modules/@scope/own',
    'node_modules/@scope/own/node_modules/ws',
    'node_modules/deep',
    'node_modules/mqtt',
    'node_modules/onnxruntime-common',
    'node_modules/onnxruntime-node',
    'node_modules/ws',
  ]);
  t.same(
    [...neededPackages({ ...lock, 'node_modules/ws': of('adm-zip') })].includes('node_modules/adm-zip'),
    true,
  );
});

test('the package that a file belongs to', async (t) => {
  t.equal(packageOf('node_modules/pino/lib/x.js'), 'node_modules/pino');
  t.equal(packageOf('node_modules/@img/colour/index.js'), 'node_modules/@img/colour');
  t.equal(packageOf('node_modules/a/node_modules/@b/c/d.js'), 'node_modules/a/node_modules/@b/c');
  t.equal(packageOf('agent/main.ts'), '');
});

test("Babel's helpers that nothing names", async (t) => {
  const helper = (name: string) => `@babel/runtime/helpers/${name}.js`;
  const texts = new Map([
    ['some/bundle.js', `var a = require('@babel/runtime/helpers/one'); require("./two");`],
    ['@babel/runtime/regenerator/index.js', 'require("../helpers/four")();'],
    [helper('one'), 'require("./three.js")'],
    [helper('two'), ''],
    [helper('three'), 'require("./one.js")'],
    [helper('four'), ''],
    [helper('five'), 'require("./six")'],
    [helper('six'), ''],
  ]);
  t.same(unnamedHelpers(texts), ['two', 'five', 'six'].map(helper));
});

test('licences', async (t) => {
  for (const [name, licence, may] of [
    ['a', 'MIT', true],
    ['a', '(MIT OR Apache-2.0)', true],
    ['a', 'BSD-3-Clause AND CC0-1.0', true],
    ['a', 'MIT OR GPL-3.0-only', false],
    ['a', 'LGPL-3.0-or-later', false],
    ['@img/sharp-libvips-linux-x64', 'LGPL-3.0-or-later', true],
    ['@img/sharp-libvips-linux-x64', 'GPL-3.0', false],
    ['a', '', false],
    ['a', 'SEE LICENSE IN LICENSE', false],
  ] as const)
    t.equal(licenceAllowed(name, licence), may, `${name}: ${licence}`);
});

test('a text of a licence stands once, below all that it is of', async (t) => {
  const text = licenceTexts([
    { of: 'a 1', text: 'MIT\r\n(c) A\n' },
    { of: 'b 2', text: 'MIT\n(c) B' },
    { of: 'c 3', text: '\nMIT\n(c) A' },
  ]);
  t.match(text, /^=+\na 1\nc 3\n=+\n\nMIT\n\(c\) A\n\n=+\nb 2\n=+\n\nMIT\n\(c\) B\n$/);
});
