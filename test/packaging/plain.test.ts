// The agent as a box gets it, without types: it names modules that are there, and runs.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Test, test } from 'tap';
import { filesBelow } from '../../scripts/packaging/files.ts';
import { makePlain, withoutTypes } from '../../scripts/packaging/plain.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function scratch(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'anpr-plain-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('types become spaces, modules that are named get the other name', async (t) => {
  const source = `import { type A, b } from './a.ts';
const url: URL = new URL('../x-thread.ts', import.meta.url);
const own = await import("../../seal/index.ts"), text = 'scripts/x.ts is a file';
`;
  const plain = withoutTypes(source);
  t.match(plain, /import \{ +b \} from '\.\/a\.js';/);
  t.match(plain, /const url {6}= new URL\('\.\.\/x-thread\.js', import\.meta\.url\);/);
  t.match(plain, /import\("\.\.\/\.\.\/seal\/index\.js"\), text = 'scripts\/x\.ts is a file'/);
  const texts = 'interface A {\n  b: number;\n}\nconst c = `two  \n`; type D = 1\n';
  t.equal(withoutTypes(texts), '\n\n\nconst c = `two  \n`;\n', 'only what were types is trimmed');
  t.throws(() => withoutTypes('enum A { b }'), /enum/);
});

test('two modules of one name are refused', async (t) => {
  const folder = scratch(t);
  for (const name of ['a.ts', 'a.js']) writeFileSync(join(folder, name), '');
  t.throws(() => makePlain(folder), { code: 'package.two-modules' });
});

test('the whole agent: nothing names TypeScript, all that is named is there, and it runs', async (t) => {
  const folder = scratch(t);
  const agent = join(folder, 'agent');
  cpSync(join(root, 'agent'), agent, { recursive: true });
  for (const name of ['node_modules', 'models', 'config', 'package.json'])
    symlinkSync(join(root, name), join(folder, name));
  makePlain(agent);
  let modules = 0;
  // a browser's modules get their places from the server
  for (const path of filesBelow(agent).filter((each) => /^(?!.*\bpage\/).*\.m?js$/.test(each))) {
    const text = readFileSync(join(agent, path), 'utf8');
    if (/^import .*\.ts'/m.test(text)) t.fail(`${path} names TypeScript`);
    for (const [, name = ''] of text.matchAll(
      /(?:from |import\(\s*|new URL\()['"]((?:\.{1,2}\/)?[\w./-]+\.m?js)['"]/g,
    )) {
      modules += 1;
      if (!existsSync(join(agent, dirname(path), name))) t.fail(`${path}: no ${name}`);
    }
  }
  t.ok(modules > 1000, `${modules} modules named`);
  t.same(
    filesBelow(agent).filter((path) => path.endsWith('.ts')),
    [],
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(agent, 'cli/start.mjs'), 'models', 'list'],
    {
      encoding: 'utf8',
    },
  );
  t.match({ status, stdout, stderr }, { status: 0, stdout: /centre-v1/, stderr: '' });
});
