// Writes the documentation that comes out of the source: docs/cli.md from the commands' help, docs/configuration.md and
// config/agent.schema.json from the schema, docs/doctor.md from the probes, docs/metrics.md from the metrics, config/contract/ from the contract. Run it
// after a change there:
//
//     node scripts/docs.ts
//
// A test compares what stands in the repository with what would be written.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiDescription } from '../agent/api/index.ts';
import { reportJsonSchema } from '../agent/commission/index.ts';
import { jsonSchema } from '../agent/config/index.ts';
import { versions } from '../agent/health/index.ts';
import { cliPage } from './lib/cli-page.ts';
import { configurationPage } from './lib/configuration-page.ts';
import { contractFiles } from './lib/contract-files.ts';
import { doctorPage } from './lib/doctor-page.ts';
import { metricsPage } from './lib/metrics-page.ts';

/** Path in the repository → content. */
export function pages(): Record<string, string> {
  return {
    'docs/cli.md': cliPage(),
    'docs/configuration.md': configurationPage(),
    'docs/doctor.md': doctorPage(),
    'docs/metrics.md': metricsPage(),
    'config/agent.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    'config/commission.schema.json': `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
    'config/api/openapi.json': `${JSON.stringify(apiDescription(versions().anpr), null, 2)}\n`,
    ...contractFiles(),
  };
}

if (import.meta.main) {
  const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  for (const [path, content] of Object.entries(pages())) {
    mkdirSync(dirname(file(path)), { recursive: true });
    writeFileSync(file(path), content);
    console.log(`written: ${path}`);
  }
  // The formatter has its own mind about short lists.
  execFileSync(process.execPath, [
    file('node_modules/@biomejs/biome/bin/biome'),
    'format',
    '--write',
    file('config/agent.schema.json'),
    file('config/commission.schema.json'),
    file('config/contract'),
    file('config/api'),
  ]);
}
