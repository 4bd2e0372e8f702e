// `anpr journal import`: what somebody carried to the centre goes into its broker as the box would have sent it. A platform
// drops ids that it knows, so a file may be imported twice, or after the link came back.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { MqttClient } from 'mqtt';
import { AnprError, messageOf } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { countText } from '../shared/quantities.ts';
import { redactUrl } from '../shared/redact.ts';
import { secretFromPipe } from './ask.ts';
import { type ExportedRecord, exportedRecords } from './export-file.ts';
import { count, example } from './options.ts';
import { createOutput } from './output.ts';

const CONNECT_MS = 10_000;

interface ImportOptions {
  broker: string;
  username?: string;
  passwordStdin?: true;
  ca?: string;
  key: string[];
  window: number;
  despiteBreaks?: true;
}

export function registerImport(journal: Command): void {
  const command = journal
    .command('import')
    .description(
      'at the centre: send what "anpr journal export" wrote into the broker, as the box would have',
    )
    .argument('<file>', 'the export, plain or gzipped')
    .requiredOption('--broker <address>', 'of the centre, like mqtts://broker.example:8883')
    .option('--username <name>', 'user name for the broker; it must be allowed to publish for the box')
    .option('--password-stdin', 'take the password from standard input')
    .option('--ca <file>', "certificate authority that signed the broker's certificate (PEM)")
    .option('--key <base64>', 'public key of the box (anpr keys show); several: again', collected, [])
    .option('--window <count>', 'messages in flight at most', count(1, 1000), 20)
    .option('--despite-breaks', 'also when records are not as the box left them')
    .action(importFile);
  example(
    command,
    'anpr journal import /media/stick/e19-north.jsonl \\',
    '    --broker mqtts://broker.example --username import --password-stdin < pw',
  );
}

const collected = (value: string, before: string[]) => [...before, value];

async function importFile(file: string, options: ImportOptions): Promise<void> {
  const output = createOutput();
  // The whole file first: nothing goes of one that was cut, changed or is none.
  const records = await checked(file, options);
  const client = await connected(options);
  try {
    const pictures = await sendAll(client, exportedRecords(file), options.window);
    await client.endAsync();
    output.line(
      `Sent ${countText(records, 'record')} and ${countText(pictures, 'picture')}. The centre drops what it knows already.`,
    );
  } catch (error) {
    // what is in flight is not waited for: nobody answers any more
    client.end(true);
    throw error;
  }
}

/** How many pictures there were. @throws {AnprError} `import.refused`, `export.broken` */
async function sendAll(
  client: MqttClient,
  records: AsyncIterable<ExportedRecord>,
  window: number,
): Promise<number> {
  const gone = new Promise<never>((_, reject) =>
    client.once('close', () => reject(refused('the broker has gone before it had all of the file'))),
  );
  gone.catch(() => {});
  const connection = randomBytes(4).toString('hex');
  const inFlight = new Set<Promise<void>>();
  let pictures = 0;
  for await (const record of records)
    for (const message of await messagesOf(record, connection)) {
      if (message.topic.includes('/evidence/')) pictures++;
      const sent = publish(client, message).finally(() => inFlight.delete(sent));
      sent.catch(() => {}); // whoever waits for it hears of it, and else nobody is left to
      inFlight.add(sent);
      if (inFlight.size >= window) await Promise.race([gone, ...inFlight]);
    }
  await Promise.race([gone, Promise.all(inFlight)]);
  return pictures;
}

/** How many records there are. @throws {AnprError} `export.broken`, `export.breaks`, `usage.file` */
async function checked(file: string, { key, despiteBreaks }: ImportOptions): Promise<number> {
  const { verifyRecords } = await import('../seal/index.ts');
  let records = 0;
  async function* source() {
    for await (const { message } of exportedRecords(file)) yield { where: `record ${++records}`, message };
  }
  const { breaks } = await verifyRecords({ records: source }, { keys: key, mayBeginLate: true });
  records = 0;
  for await (const _ of exportedRecords(file)) records++;
  const [first] = breaks;
  if (first && !despiteBreaks)
    throw new AnprError(
      'export.breaks',
      `${file} is not as the box left it: ${first.where ?? ''} ${first.meaning} (${breaks.length} in all)`,
      'See each with anpr journal verify FILE; import it all the same with --despite-breaks.',
    );
  return records;
}

interface Outgoing {
  topic: string;
  payload: Buffer;
  properties?: Record<string, string>;
}

async function messagesOf({ message, pictures }: ExportedRecord, connection: string): Promise<Outgoing[]> {
  const { addressOf, evidenceTopicOf, topicOf } = await import('../contract/index.ts');
  const { pictureMessageOf } = await import('../uplink/index.ts');
  const address = { site: message.site, box: message.box };
  const topic = topicOf(address, message.type as 'read');
  if (addressOf(topic) === undefined)
    throw new AnprError('export.broken', `record ${message.id} has an address that is none: ${topic}`);
  const read = { lane: 'backlog', connection, ...message };
  return [
    { topic, payload: Buffer.from(JSON.stringify(read)) },
    ...pictures.map(({ kind, sha256, jpeg }) => ({
      topic: evidenceTopicOf(address, message.id),
      payload: jpeg,
      properties: pictureMessageOf({ readId: message.id, kind, sha256 }, jpeg, address).userProperties ?? {},
    })),
  ];
}

async function connected(options: ImportOptions): Promise<MqttClient> {
  const { connectMqtt } = await import('../shared/mqtt-client.ts');
  const { username, ca: caFile, passwordStdin } = options;
  const ca = caFile === undefined ? undefined : bytesOf(caFile);
  const password = passwordStdin ? await secretFromPipe() : undefined;
  try {
    return await connectMqtt(
      options.broker,
      {
        protocolVersion: 5,
        clientId: `anpr-import-${randomBytes(4).toString('hex')}`,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(ca !== undefined && { ca }),
      },
      AbortSignal.timeout(CONNECT_MS),
    );
  } catch (error) {
    throw new AnprError(
      'import.broker',
      `the broker at ${redactUrl(options.broker)} cannot be had: ${messageOf(error)}`,
      'Correct --broker, --username, the password or --ca.',
    );
  }
}

function bytesOf(caFile: string): Buffer {
  try {
    return readFileSync(caFile);
  } catch (error) {
    throw new AnprError(
      'usage.file',
      `wanted a certificate (PEM) in ${caFile}, found ${foundInstead(error)}`,
      'Name the file with --ca.',
    );
  }
}

/** Resolves once the broker has it. */
async function publish(client: MqttClient, { topic, payload, properties }: Outgoing): Promise<void> {
  try {
    await client.publishAsync(topic, payload, {
      qos: 1,
      ...(properties && { properties: { userProperties: properties, contentType: 'image/jpeg' } }),
    });
  } catch (error) {
    throw refused(`the broker does not take ${topic}: ${messageOf(error)}`);
  }
}

const refused = (why: string) =>
  new AnprError(
    'import.refused',
    why,
    'Nothing is lost: run this again once the broker takes it; what the centre has it drops.',
  );
