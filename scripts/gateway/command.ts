// scripts/central gateway …: a gateway for hits, in the role of the police's own. README.md beside this says in which order to read
// it, docs/national.md what it does.

import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { languages } from '../../agent/shared/languages.ts';
import { countText } from '../../agent/shared/quantities.ts';
import { brokerFlags, brokerOf } from '../lib/broker-login.ts';
import { startGateway } from './gateway.ts';
import { startPage } from './page.ts';
import { openStore, type Store } from './store.ts';
import type { HitView } from './view.ts';

const HELP = `Usage: scripts/central gateway [show] [options]

Takes hits of boxes and of the centre, makes one of those that are the same
event, shows them live in a browser, and tells the boxes what people decide.

  (nothing)             runs until it is ended (q, Ctrl-C, SIGTERM)
  show                  the hits in the database; exit status 1 while any of
                        them waits for somebody

  --database FILE       default: gateway.db. Holds plates and pictures: keep it
                        to yourself
  --boxes PATTERN       SITE/BOX, SITE/+ or +/+ (default); once for each. So
                        several gateways divide the boxes among them
  --keep-days N         what is older is forgotten, default: 30
  --acknowledge-as NAME acknowledges each new hit as soon as it is on the disk;
                        without it people do
  --as NAME             who decides, until the page says otherwise
  --language CODE       of the page: en, nl, fr; default: the browser's
  --port N, --no-page   of the page, on 127.0.0.1 (default: 8471, or a free one)
  --url ADDRESS         broker, default: mqtt://127.0.0.1:1883
  --username, --password-file, --ca, --cert, --private-key   login and TLS
  --client-id NAME      default: anpr-gateway; one for each gateway
  --mqtt 5|3.1.1        default: 5
  --json                JSON Lines: each hit when it comes and changes
  --help

Exit status: 0 fine; 1 hits wait (show); 2 it could not start.
Example: scripts/central gateway --boxes 'e19/+' --database /tmp/e19.db
`;

const DAY_MS = 86_400_000;
const FORGET_EVERY_MS = 3_600_000;
const SHOWN = 1000;

/** @returns the exit status */
export async function gatewayCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      database: { type: 'string', default: 'gateway.db' },
      boxes: { type: 'string', multiple: true, default: ['+/+'] },
      'keep-days': { type: 'string', default: '30' },
      'acknowledge-as': { type: 'string' },
      as: { type: 'string', default: userInfo().username },
      language: { type: 'string' },
      port: { type: 'string' },
      page: { type: 'boolean', default: true },
      ...brokerFlags,
      'client-id': { type: 'string', default: 'anpr-gateway' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [command = 'run', ...rest] = positionals;
  if (rest.length > 0 || !['run', 'show'].includes(command))
    throw new Error(
      `wanted "show" or nothing, found "${positionals.join(' ')}" (scripts/central gateway --help)`,
    );
  if (command === 'show') return show(values.database, values.json);

  for (const pattern of values.boxes)
    if (!/^(\+|[A-Za-z0-9_-]+)\/(\+|[A-Za-z0-9_-]+)$/.test(pattern))
      throw new Error(`wanted --boxes SITE/BOX, SITE/+ or +/+, found "${pattern}"`);
  const broker = brokerOf(values);
  const keepDays = numberIn('--keep-days', values['keep-days'], 3650);
  const port = values.port === undefined ? undefined : numberIn('--port', values.port, 65_535);

  const language = languages.find((each) => each === values.language);
  if (values.language !== undefined && !language)
    throw new Error(`wanted --language ${languages.join(', ')}, found "${values.language}"`);

  const store = openStore(values.database);
  const forget = () => store.forget(Date.now() - keepDays * DAY_MS);
  forget();
  const forgetting = setInterval(() => page?.removed(forget()), FORGET_EVERY_MS);
  let page: Awaited<ReturnType<typeof startPage>> | undefined;
  const gateway = startGateway({
    ...{ broker, store, clientId: values['client-id'], boxes: values.boxes },
    acknowledgeAs: values['acknowledge-as'],
    onProblem: (text) => process.stderr.write(`${text}\n`),
    onChange(hit) {
      page?.changed(hit);
      if (values.json) console.log(JSON.stringify(hit));
    },
    onConnected(isConnected) {
      if (isConnected) process.stderr.write('listening\n');
      page?.refresh();
    },
  });
  if (values.page) {
    page = await startPage({
      ...{ gateway, store, port, language, who: values.as, place: values.boxes.join(', ') },
    });
    process.stderr.write(
      `Hits, in a browser on this machine (the address works once; Enter prints another):\n\n`,
    );
    process.stderr.write(`  ${page.address()}\n\n`);
  }
  await untilEnded(() => page && process.stderr.write(`  ${page.address()}\n`));
  clearInterval(forgetting);
  await page?.close();
  await gateway.close();
  store.close();
  return 0;
}

function show(database: string, json: boolean): number {
  if (!existsSync(database)) throw new Error(`there is no database ${database}`);
  const store: Store = openStore(database, { readonly: true });
  const hits = store.list(SHOWN);
  const { hits: counts, refused } = store.counts();
  store.close();
  if (json) for (const hit of hits) console.log(JSON.stringify(hit));
  else {
    for (const hit of hits) console.log(lineOf(hit));
    const told = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
    console.log(`${told.join(', ') || 'no hits'}; ${countText(refused, 'message')} refused`);
  }
  return counts.new ? 1 : 0;
}

function lineOf({ state, priority, plate, site, box, camera, origin, match, read }: HitView): string {
  return [
    ...[`${priority}`, state.padEnd(12), plate.padEnd(10), read.capturedAt.slice(0, 19), origin.padEnd(6)],
    ...[`${site}/${box} ${camera}`, match.reason ?? ''],
  ].join(' ');
}

function numberIn(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > most)
    throw new Error(`wanted ${name} from 1 to ${most}, found "${text}"`);
  return value;
}

/** A signal or, on a terminal, q. */
async function untilEnded(onEnter: () => void): Promise<void> {
  const { stdin } = process;
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', (key) => {
      const pressed = key.toString('latin1');
      if (['q', 'Q', '\u0003', '\u001b'].includes(pressed)) resolve();
      else if (['\r', '\n'].includes(pressed)) onEnter();
    });
  }
  await promise;
  if (!stdin.isTTY) return;
  stdin.setRawMode(false);
  stdin.pause();
}
