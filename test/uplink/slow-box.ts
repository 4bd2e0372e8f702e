// A box on slow storage, as a process that the test slows down: reads and hits, one of each after the other.
//
//     node test/uplink/slow-box.ts JOURNAL URL

import { openJournal } from '../../agent/journal/index.ts';
import { startUplink } from '../../agent/uplink/index.ts';
import { newRead, silent } from '../journal/records.ts';
import { ADDRESS, uplinkConfig } from './parts.ts';

const [path = '', url = ''] = process.argv.slice(2);
const journal = await openJournal({ path, address: ADDRESS, log: silent });
const config = uplinkConfig({ url, keepAliveSeconds: 1 });
const uplink = startUplink({ journal, config, address: ADDRESS, status: () => ({}), log: silent });
let ending = false;
process.once('SIGTERM', () => {
  ending = true;
});
for (let n = 1; !ending; n += 2) {
  // The read's commit is on its way to the disk while the hit waits for the next one.
  const read = journal.append(newRead(n));
  await journal.append(newRead(n + 1, { type: 'hit' }));
  await read;
}
await uplink.close();
await journal.close();
