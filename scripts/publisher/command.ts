// scripts/central watchlist …: the publisher's side of lists.
//
//   scripts/publisher/content.ts   rows, changes, parts
//   scripts/publisher/publish.ts   a version: signed, sent
//   scripts/publisher/serve.ts     parts for who asks
//   scripts/publisher/shelf.ts     what was published, on the disk

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { statusMessage } from '../../agent/contract/index.ts';
import { parsedJson } from '../../agent/shared/json.ts';
import { countText } from '../../agent/shared/quantities.ts';
import { type Columns, FIELDS, type Field, OWN_COLUMNS } from '../../agent/watchlist/index.ts';
import { brokerFlags, brokerOf, connected } from '../lib/broker-login.ts';
import { readRows } from './content.ts';
import { makeVersion, readKey, sendVersion, writeKey } from './publish.ts';
import { serveParts } from './serve.ts';

const HELP = `Usage: scripts/central watchlist <command> [options]

Publishes watchlists to boxes: cut, compressed, signed, retained at the broker.

  key FILE              makes a key to sign with; prints its public half, which
                        goes into watchlists.publishers of the boxes
  publish LIST FILE     makes FILE (CSV, or JSON Lines by its name) the next
                        version of LIST, whole and as changes, and sends it
  send LIST             sends the newest version again (a new broker)
  serve                 answers boxes that ask for parts, until it is ended
  show                  what boxes have, by their status

  --key FILE            signs; for publish
  --state FOLDER        what was published, default: lists.state. Holds the
                        lists in the clear: keep it to yourself
  --list-version N      default: the next one
  --best-before TIME, --expires TIME    ISO 8601, or days from now: 7d
  --column FIELD=NAME   what the file calls a column, once for each
  --ignore NAME         a column that is left out, once for each
  --delimiter C         of CSV, default: ,
  --part-kib N          size of a part at most, default: 256
  --changes-only        offer changes alone; who needs the whole list asks
  --no-retain           the broker keeps no parts: serve sends them
  --url ADDRESS         broker, default: mqtt://127.0.0.1:1883
  --username, --password-file, --ca, --cert, --private-key   login and TLS
  --mqtt 5|3.1.1        default: 5
  --json                JSON instead of text
  --help

Exit status: 0 fine; 1 rows were left out; 2 nothing was published.
Example: scripts/central watchlist publish stolen stolen.csv --key police.key
`;

const FOUND_BAD = 1;
const NAMED_BAD = 20;
/** with more bad rows than one in a hundred, and than these, it is another kind of file */
const BAD_ALLOWED = 10;
const LISTEN_MS = 1500;
const DAY_MS = 86_400_000;

/** @returns the exit status */
export async function watchlistCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      key: { type: 'string' },
      state: { type: 'string', default: 'lists.state' },
      'list-version': { type: 'string' },
      'best-before': { type: 'string' },
      expires: { type: 'string' },
      column: { type: 'string', multiple: true, default: [] },
      ignore: { type: 'string', multiple: true, default: [] },
      delimiter: { type: 'string', default: ',' },
      'part-kib': { type: 'string' },
      'changes-only': { type: 'boolean', default: false },
      retain: { type: 'boolean', default: true },
      ...brokerFlags,
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  const say = (told: unknown, text: string) => console.log(values.json ? JSON.stringify(told) : text);

  const connect = () => connected(brokerOf(values), { reconnectPeriod: 0 });

  async function send(list: string): Promise<void> {
    const client = await connect();
    try {
      const sent = await sendVersion(client, values.state, list, { retain: values.retain });
      const { version, parts, bytes } = sent;
      say(
        { list, ...sent },
        `Version ${version} of ${list} is published: ${countText(parts, 'part')}, ${Math.ceil(bytes / 1000)} kB.`,
      );
    } finally {
      await client.endAsync();
    }
  }

  async function publish(list: string, file: string): Promise<number> {
    if (!values.key) throw new Error('wanted --key FILE (scripts/central watchlist key makes one)');
    if (!existsSync(file)) throw new Error(`there is no file ${file}`);
    const key = readKey(values.key);
    const format = /\.(jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv';
    const { lines, bad } = readRows(file, format, columnsOf(values));
    const named = bad.slice(0, NAMED_BAD).map(({ line, reason }) => `line ${line}: ${reason}`);
    if (bad.length > BAD_ALLOWED && bad.length * 100 > lines.length + bad.length)
      throw new Error(
        `${bad.length} of ${lines.length + bad.length} rows cannot be published:\n${named.join('\n')}`,
      );
    const kib = values['part-kib'] === undefined ? undefined : Number(values['part-kib']);
    if (kib !== undefined && !(kib >= 1 && kib <= 256)) throw new Error('wanted --part-kib from 1 to 256');
    const version = values['list-version'] === undefined ? undefined : Number(values['list-version']);
    if (version !== undefined && !(Number.isSafeInteger(version) && version > 0))
      throw new Error('wanted a whole number from 1 for --list-version');
    makeVersion({
      ...{ state: values.state, list, key, lines, version },
      bestBefore: timeOf(values['best-before']),
      expiresAt: timeOf(values.expires),
      maxPartBytes: kib && kib * 1024,
      changesOnly: values['changes-only'],
    });
    await send(list);
    if (bad.length === 0) return 0;
    process.stderr.write(`Left out: ${countText(bad.length, 'row')}.\n${named.join('\n')}\n`);
    return FOUND_BAD;
  }

  async function serve(): Promise<number> {
    const client = await connect();
    const served = await serveParts(client, values.state, (text) =>
      say({ at: new Date().toISOString(), text }, text),
    );
    process.stderr.write('serving\n');
    const lost = new Promise<string>((resolve) =>
      client.once('close', () => resolve('the connection ended')),
    );
    const ended = new Promise<undefined>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve(undefined));
    });
    const why = await Promise.race([lost, ended]);
    await served.close();
    await client.endAsync(true);
    if (why) throw new Error(why);
    return 0;
  }

  async function show(): Promise<number> {
    const client = await connect();
    const boxes = new Map<string, string>();
    client.on('message', (topic, payload) => {
      if (payload.byteLength === 0) return;
      const status = statusMessage.safeParse(parsedJson(payload.toString()));
      if (!status.success) {
        process.stderr.write(`${topic}: what is retained there is no status of a box: left out\n`);
        return;
      }
      const { site, box, watchlists = [] } = status.data;
      const told = watchlists.map(({ list, version, state, entries, incoming, refused }) =>
        [
          `${list} ${version ?? '-'} ${state}${entries === null ? '' : ` (${countText(entries, 'plate')})`}`,
          incoming
            ? `, version ${incoming.version} coming: ${incoming.received} of ${countText(incoming.parts, 'part')}`
            : '',
          refused ? `\n    refused ${refused.version ?? ''} ${refused.code}: ${refused.message}` : '',
        ].join(''),
      );
      boxes.set(
        `${site}/${box}`,
        values.json
          ? JSON.stringify({ site, box, watchlists })
          : `${site}/${box}\n  ${told.join('\n  ') || 'no lists'}`,
      );
    });
    await client.subscribeAsync('anpr/1/+/+/status', { qos: 1 });
    await sleep(LISTEN_MS);
    await client.endAsync(true);
    for (const name of [...boxes.keys()].sort()) console.log(boxes.get(name));
    return 0;
  }

  if (values.help || !command) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const [first, second] = rest;
  if (command === 'key' && first) {
    const { id, publicKey } = writeKey(first, randomBytes(32));
    say(
      { id, publicKey },
      `publicKey: ${publicKey}\n(key ${id}; its private half is in ${first}: keep that safe)`,
    );
    return 0;
  }
  if (command === 'publish' && first && second) return await publish(first, second);
  if (command === 'send' && first) return await send(first).then(() => 0);
  if (command === 'serve') return await serve();
  if (command === 'show') return await show();
  throw new Error(
    `wanted a command with what it needs, found "${args.join(' ')}" (scripts/central watchlist --help)`,
  );
}

function timeOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const days = /^(\d+(?:\.\d+)?)d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : Date.now() + Number(days) * DAY_MS;
  if (Number.isNaN(at)) throw new Error(`wanted a time like 2026-12-01T00:00:00Z or 7d, found "${text}"`);
  return new Date(at).toISOString();
}

function columnsOf({
  column,
  ignore,
  delimiter,
}: {
  column: string[];
  ignore: string[];
  delimiter: string;
}): Columns {
  const columns = { ...OWN_COLUMNS.columns };
  for (const each of column) {
    const [field = '', name] = each.split(/=(.*)/s);
    if (!FIELDS.includes(field as Field) || !name)
      throw new Error(`wanted --column FIELD=NAME, FIELD one of ${FIELDS.join(', ')}; found "${each}"`);
    columns[field as Field] = name;
  }
  return { columns, ignoreColumns: ignore, delimiter };
}
