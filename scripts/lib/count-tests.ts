// Reads the TAP of a whole run from stdin as it comes: a line for each file that is done, what failed with its reason,
// and at the end one line, alone: `N passed, N failed, N skipped`. A test is one `test()` of a file; skipped ones are
// listed with their reason, so that nobody takes them for passed.

import { type FinalResults, Parser, type Result } from 'tap-parser';
import { stringify } from 'yaml';

const count = { passed: 0, failed: 0, skipped: 0 };
const skipped: string[] = [];

const run = new Parser();
run.on('child', (file: Parser) => {
  const own = { passed: 0, failed: 0, skipped: 0 };
  file.on('child', (test: Parser) => tellFailures(test, `${file.name} > ${test.name}`));
  file.on('assert', (result) => {
    if (result.skip) {
      own.skipped++;
      const reason = typeof result.skip === 'string' ? result.skip : 'no reason given';
      skipped.push(`${file.name}: ${result.name} (${reason})`);
    } else if (result.ok || result.todo) own.passed++;
    else own.failed++;
  });
  file.on('complete', (results: FinalResults) => {
    // a file that fell over outside its tests counts as one failure
    if (!results.ok && own.failed === 0) own.failed++;
    for (const key of ['passed', 'failed', 'skipped'] as const) count[key] += own[key];
    const seconds = ((results.time ?? 0) / 1000).toFixed(1);
    console.log(
      `${own.failed > 0 ? 'FAILED' : 'ok    '} ${file.name} (${own.passed + own.failed} tests, ${seconds} s)`,
    );
  });
});

/** A failed assertion, however deep, with what tap knows of it. */
function tellFailures(test: Parser, path: string): void {
  test.on('child', (inner: Parser) => tellFailures(inner, `${path} > ${inner.name}`));
  test.on('assert', ({ ok, skip, todo, name, diag }: Result) => {
    if (ok || skip || todo) return;
    const { diff, found, wanted, at, message } = (diag ?? {}) as Record<string, unknown>;
    const facts = Object.entries({ message, at, diff, found, wanted }).filter(
      ([, value]) => value !== undefined,
    );
    console.log(`\n${path} > ${name}\n${stringify(Object.fromEntries(facts)).slice(0, 4000)}`);
  });
}

process.stdin.pipe(run);
run.on('complete', (results) => {
  if (!results.ok && count.failed === 0) count.failed++;
  for (const line of skipped) console.log(`skipped: ${line}`);
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
});
