// The central platform's side of the contract, small enough to be read in ten minutes:
//
//   scripts/central.ts             this command line
//   scripts/consumer/consumer.ts   the broker: sessions, receipts, commands
//   scripts/consumer/arrival.ts    a message checked against the contract
//   scripts/consumer/sequence.ts   which seqs are here, which are holes
//   scripts/consumer/store.ts      SQLite
//   scripts/consumer/keeper.ts     a batch of messages checked and stored
//
// docs/platform.md explains what it does and why.

import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Address } from '../agent/contract/index.ts';
import { type SourceRecord, verifyRecords } from '../agent/seal/index.ts';
import { countText } from '../agent/shared/quantities.ts';
import { startConsumer } from './consumer/consumer.ts';
import { importLine } from './consumer/import.ts';
import { type Overview, overview } from './consumer/overview.ts';
import { type Arrival, openStore } from './consumer/store.ts';

const HELP = `Usage: scripts/central <command> [options]

A small central platform: takes what boxes send, keeps it in SQLite, confirms
it with receipts, asks for what is missing.

  listen                        takes what comes until it is ended (SIGTERM)
  show                          what is in the database, and what is missing
  verify SITE/BOX               chain and signatures of everything from a box
  import FILE                   what "anpr journal export" wrote, from a stick
  replay SITE/BOX FROM-TO       asks the box to send records again
  evidence SITE/BOX READ        asks the box for the pictures of a read
  watchlist …                   publishes lists to boxes (watchlist --help)
  adapt …                       reads and hits for other platforms (adapt --help)
  generator …                   merges sources into lists and matches reads of
                                all boxes with them (generator --help)
  gateway …                     hits: shows them live, tells boxes what people
                                decide (gateway --help)

  --database FILE               default: central.db
  --url ADDRESS                 broker, default: mqtt://127.0.0.1:1883
  --username, --password-file, --ca   login and certificate authority
  --client-id NAME              default: anpr-central
  --mqtt 5|3.1.1                default: 5
  --epoch ID                    for replay; default: the box's current one
  --key BASE64                  for verify: a public key of the box; default:
                                the first one that it introduced itself with
  --receipt-ms, --grace-ms      pace of receipts (1000), and how long until
                                what is missing is asked for (10000)
  --json                        JSON instead of text
  --help

Exit status: 0 fine; 1 something is missing, out of order or broken; 2 usage.
Example: scripts/central listen --url mqtt://127.0.0.1 --database /tmp/c.db
`;

/** Commands with options of their own: each gives the exit status. */
const OWN_COMMANDS: Record<string, () => Promise<(args: string[]) => Promise<number>>> = {
  watchlist: async () => (await import('./publisher/command.ts')).watchlistCommand,
  generator: async () => (await import('./generator/command.ts')).generatorCommand,
  gateway: async () => (await import('./gateway/command.ts')).gatewayCommand,
  adapt: async () => (await import('./adapt/command.ts')).adaptCommand,
};

const own = OWN_COMMANDS[process.argv[2] ?? ''];
if (own) {
  const run = await own();
  process.exit(
    await run(process.argv.slice(3)).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      return 2;
    }),
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: 'central.db' },
    url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
    username: { type: 'string' },
    'password-file': { type: 'string' },
    ca: { type: 'string' },
    'client-id': { type: 'string', default: 'anpr-central' },
    mqtt: { type: 'string', default: '5' },
    epoch: { type: 'string' },
    key: { type: 'string', multiple: true },
    'receipt-ms': { type: 'string', default: '1000' },
    'grace-ms': { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const [command, ...rest] = positionals;

const connectTo = (database: string, clientId = values['client-id'], onRecord?: (text: string) => void) =>
  startConsumer({
    url: values.url,
    database,
    clientId,
    username: values.username,
    password: values['password-file'] && readFileSync(values['password-file'], 'utf8').trimEnd(),
    ca: values.ca ? readFileSync(values.ca) : undefined,
    protocolVersion: values.mqtt === '3.1.1' ? 4 : 5,
    receiptMs: Number(values['receipt-ms']),
    graceMs: Number(values['grace-ms']),
    onProblem: (text) => process.stderr.write(`${text}\n`),
    onRecord,
  });

async function listen(): Promise<number> {
  const onRecord = values.json ? (text: string) => console.log(text) : undefined;
  const consumer = await connectTo(values.database, values['client-id'], onRecord);
  process.stderr.write('listening\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve());
  });
  await consumer.close();
  return 0;
}

function show(): number {
  const store = openStore(values.database, true);
  const told = overview(store);
  store.close();
  if (values.json) console.log(JSON.stringify(told));
  else print(told);
  return told.ok ? 0 : 1;
}

function print({ epochs, duplicates, outOfOrder, late, conflicts, invalid, pictures }: Overview): void {
  for (const { site, box, epoch, upTo, last, missing, lost, types, ended } of epochs) {
    const kinds = Object.entries(types).map(([type, count]) => `${count} ${type}`);
    console.log(`${site}/${box}, epoch ${epoch.slice(0, 8)}${ended ? ', ended' : ''}`);
    console.log(`  ${kinds.join(', ') || 'no records'}; complete up to ${upTo}, last ${last}`);
    if (missing.length > 0) console.log(`  missing: ${missing.map((range) => range.join('–')).join(', ')}`);
    for (const { from, to, reason } of lost)
      console.log(`  will not come: ${from ?? '?'}–${to ?? '?'} (${reason})`);
  }
  console.log(
    `${duplicates} came twice, ${outOfOrder} out of order, ${late} late from the broker, ${conflicts} in another's place, ${invalid} not valid, ${countText(pictures, 'picture')}`,
  );
}

async function verify(box: string | undefined): Promise<number> {
  const store = openStore(values.database, true);
  const address = addressIn(box);
  function* records(): Iterable<SourceRecord> {
    let n = 0;
    for (const text of store.messages(address)) yield { where: `record ${++n}`, message: JSON.parse(text) };
  }
  const report = await verifyRecords({ records }, { mayBeginLate: true, keys: values.key ?? [] });
  store.close();
  console.log(JSON.stringify(report, null, values.json ? 0 : 2));
  return report.ok ? 0 : 1;
}

async function importFile(path: string | undefined): Promise<number> {
  if (!path) throw new Error('wanted a file to import');
  const store = openStore(values.database);
  let batch: Arrival[] = [];
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line === '') continue;
    lines++;
    batch.push(...importLine(line, `${path}:${lines}`));
    if (batch.length >= 500) {
      store.commit(batch);
      batch = [];
    }
  }
  store.commit(batch);
  store.close();
  process.stderr.write(`${countText(lines, 'line')} read\n`);
  return 0;
}

async function ask(box: string | undefined, what: string | undefined): Promise<number> {
  const consumer = await connectTo(':memory:', `${values['client-id']}-asks`);
  try {
    const address = addressIn(box);
    const range = /^(\d+)-(\d+)$/.exec(what ?? '');
    if (command === 'replay' && !range) throw new Error(`wanted FROM-TO, found ${what ?? 'nothing'}`);
    const reply =
      command === 'replay'
        ? await consumer.replay(address, values.epoch, [Number(range?.[1]), Number(range?.[2])])
        : await consumer.evidence(address, what ?? '');
    console.log(JSON.stringify(reply, null, values.json ? 0 : 2));
    return (reply as { ok: boolean }).ok ? 0 : 1;
  } finally {
    await consumer.close();
  }
}

function addressIn(text: string | undefined): Address {
  const [site, box] = (text ?? '').split('/');
  if (!site || !box) throw new Error(`wanted SITE/BOX, found ${text ?? 'nothing'}`);
  return { site, box };
}

async function main(): Promise<number> {
  if (values.help || !command) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'listen':
      return listen();
    case 'show':
      return show();
    case 'verify':
      return verify(rest[0]);
    case 'import':
      return importFile(rest[0]);
    case 'replay':
    case 'evidence':
      return ask(rest[0], rest[1]);
    default:
      throw new Error(`unknown command "${command}" (scripts/central --help)`);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  return 2;
});
