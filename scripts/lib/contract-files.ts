// The published contract: an AsyncAPI document and a JSON Schema for each message, from the zod schemas of
// agent/contract. scripts/docs.ts writes them into config/contract/.

import { Scalar, stringify } from 'yaml';
import { z } from 'zod';
import {
  type Channel,
  CONTRACT_RELEASE,
  channels,
  topicPatternOf,
  watchlistRow,
} from '../../agent/contract/index.ts';
import { examples } from './contract-examples.ts';

/**
 * JSON Schema 2020-12. Members that a schema doesn't name are allowed: versions only add, and a consumer leaves alone
 * what it doesn't know.
 */
export function schemaOf(name: string, schema: z.ZodType): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, $id: fileOf(name), title: name, ...rest };
}

const fileOf = (name: string) => `${name}.schema.json`;

/** Path in the repository → content. */
export function contractFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  const schemas = entries().map(([name, { schema, properties }]) => [name, schema ?? properties] as const);
  for (const [name, schema] of [...schemas, ['watchlistRow', watchlistRow] as const])
    if (schema)
      files[`config/contract/${fileOf(name)}`] = `${JSON.stringify(schemaOf(name, schema), null, 2)}\n`;
  files['config/contract/asyncapi.yaml'] = asyncApi();
  return files;
}

function entries(): [string, Channel][] {
  return Object.entries(channels);
}

function asyncApi(): string {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'anpr-edge',
      version: CONTRACT_RELEASE,
      description:
        'What a box sends and what it hears, seen from the box; channels without an operation are among parts of the centre. ' +
        'Everything goes at QoS 1. docs/platform.md explains it.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      broker: { host: 'broker.example:8883', protocol: 'mqtts', protocolVersion: '5 or 3.1.1' },
    },
    channels: Object.fromEntries(
      entries().map(([name, channel]) => [
        name,
        {
          address: topicPatternOf(channel),
          description: channel.about,
          parameters: parametersOf(topicPatternOf(channel)),
          messages: { [name]: { $ref: `#/components/messages/${name}` } },
        },
      ]),
    ),
    // What parts of the centre tell each other is no operation of a box.
    operations: Object.fromEntries(
      entries()
        .filter(([, { direction }]) => direction !== 'centre')
        .map(([name, { direction, retained }]) => [
          name,
          {
            action: direction === 'out' ? 'send' : 'receive',
            channel: { $ref: `#/channels/${name}` },
            bindings: { mqtt: { qos: 1, retain: retained } },
          },
        ]),
    ),
    components: {
      messages: Object.fromEntries(entries().map(([name, channel]) => [name, messageOf(name, channel)])),
    },
  };
  return `# Written by scripts/docs.ts from agent/contract: change it there.\n${stringify(document, { lineWidth: 110, aliasDuplicateObjects: false })}`;
}

function messageOf(name: string, { schema, properties, contentType }: Channel) {
  const example = Object.entries(examples).find(([of]) => of === name)?.[1];
  const ref = {
    schemaFormat: 'application/schema+json;version=draft-2020-12',
    schema: { $ref: fileOf(name) },
  };
  return {
    name,
    contentType: contentType ?? 'application/json',
    ...(schema ? { payload: ref } : {}),
    ...(properties ? { headers: ref } : {}),
    ...(example && { examples: [{ name, [schema ? 'payload' : 'headers']: withQuotes(example) }] }),
  };
}

/** What begins with a digit is a number or a time for one YAML parser or another: such strings stand in quotes. */
function withQuotes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withQuotes);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withQuotes(member)]));
  if (typeof value !== 'string' || !/^\d/.test(value)) return value;
  const scalar = new Scalar(value);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function parametersOf(address: string): Record<string, { description: string }> {
  const named = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
    name,
    { description: `${name} of the ${name === 'site' || name === 'box' ? 'configuration' : 'message'}` },
  ]);
  return Object.fromEntries(named);
}
