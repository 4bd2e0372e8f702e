// Reads the TAP of a whole run and ends with one line, alone: `N passed, N failed, N skipped`. A test is one
// `test()` of a file; skipped ones are listed with their reason, so that nobody takes them for passed.

import { createReadStream } from 'node:fs';
import { Parser } from 'tap-parser';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: count-tests.ts TAP-FILE');

const count = { passed: 0, failed: 0, skipped: 0 };
const skipped: string[] = [];

const run = new Parser();
run.on('child', (file: Parser) => {
  file.on('assert', (result) => {
    if (result.skip) {
      count.skipped++;
      const reason = typeof result.skip === 'string' ? result.skip : 'no reason given';
      skipped.push(`${file.name}: ${result.name} (${reason})`);
    } else if (result.ok || result.todo) count.passed++;
    else count.failed++;
  });
  // a file that fell over before or after its tests counts as one failure
  file.on('complete', (results) => {
    if (!results.ok && results.fail === 0) count.failed++;
  });
});
createReadStream(path).pipe(run);
run.on('complete', (results) => {
  if (!results.ok && count.failed === 0) count.failed++;
  for (const line of skipped) console.log(`skipped: ${line}`);
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
});
