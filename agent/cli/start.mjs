// The entry, in plain JavaScript that every Node since 14 can read: an older Node cannot load TypeScript, and native
// modules may crash it without a word, so its version is checked before anything else is loaded.

const WANTED_MAJOR = 24;

const major = Number(process.versions.node.split('.')[0]);
if (major < WANTED_MAJOR) {
  process.stderr.write(
    `anpr: wanted Node ${WANTED_MAJOR} or later, found ${process.versions.node} (${process.execPath})\n` +
      '      In a checkout scripts/test or scripts/demo gets the right one; else install Node 24 and put it first in PATH.\n' +
      '      (usage.node)\n',
  );
  process.exit(2);
}

const { main } = await import('./anpr.ts');
await main(process.argv);
