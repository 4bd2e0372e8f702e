// What is written about the configuration and the command fits them: example, schema file, pages.

import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { loadConfig, parseConfig, rootShape } from '../../agent/config/index.ts';
import { pages } from '../../scripts/docs.ts';
import { keysOf } from '../../scripts/lib/configuration-page.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const EXAMPLE = at('config/agent.example.yaml');
const example = readFileSync(EXAMPLE, 'utf8');

test('the example loads as it is', (t) => {
  t.match(loadConfig(EXAMPLE.pathname), { site: 'site', box: 'box', cameras: [] });
  t.end();
});

test('with every key switched on the example is right too', (t) => {
  const all = example.replaceAll(/^( *)#(?=[a-z-])/gm, '$1');
  const config = parseConfig(all, 'agent.yaml', { checkFiles: false, environment: {} });
  t.equal(config.cameras[0]?.id, 'north');
  t.equal(config.uplink?.url, 'mqtts://broker.example:8883');
  t.end();
});

test('the example shows each default as the schema has it', (t) => {
  const all = example.replaceAll(/^( *)#(?=[a-z-])/gm, '$1');
  const shown = parseConfig(all, '/x/agent.yaml', { checkFiles: false, environment: {} });
  for (const { key, shape } of keysOf(rootShape())) {
    if (shape.default === undefined || typeof shape.default === 'object') continue;
    const value = key
      .replaceAll('[]', '.0')
      .split('.')
      .reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], shown);
    t.equal(value, shape.default, key);
  }
  t.end();
});

test('the example explains every key', (t) => {
  for (const { key } of keysOf(rootShape())) {
    const name = key.split('.').at(-1)!.replace('[]', '');
    t.match(example, new RegExp(`^\\s*#?(?:- )?${name}:`, 'm'), key);
  }
  t.end();
});

for (const [path, content] of Object.entries(pages()))
  test(`${path} is up to date (node scripts/docs.ts writes it)`, (t) => {
    const written = readFileSync(at(path), 'utf8');
    if (path.endsWith('.json')) t.same(JSON.parse(written), JSON.parse(content));
    else t.equal(written, content);
    t.end();
  });
