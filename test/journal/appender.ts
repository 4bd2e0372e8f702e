// An agent to be killed: opens the journal named on its command line, appends until it dies, ten at a time, and
// prints the id of each record once it is acknowledged.

import { openJournal } from '../../agent/journal/index.ts';
import { ADDRESS, newRead, silent } from './records.ts';

const journal = await openJournal({ path: process.argv[2]!, log: silent, address: ADDRESS });

async function appendForever(): Promise<never> {
  for (let n = 0; ; n++) {
    const read = newRead(n);
    await journal.append(read);
    process.stdout.write(`${read.id}\n`);
  }
}

await Promise.all(Array.from({ length: 10 }, appendForever));
