// What a generator is told: its lists, the sources that each is made of, and what a hit of them is to be. The words are those
// of the agent's configuration (docs/configuration.md): a list means the same on a box and here.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { schema as agentSchema, watchlistSchema } from '../../agent/config/index.ts';

const id = watchlistSchema.shape.id;
const text = z.string().min(1).max(500);
const FORMATS = ['csv', 'jsonl'] as const;

const sourceSchema = z.strictObject({
  /** stands in the entries as their source, where a row names none */
  name: id,
  /** path, from the folder of the configuration */
  file: z.string().min(1),
  /** default: by the file's name */
  format: z.enum(FORMATS).optional(),
  ...watchlistSchema.pick({ columns: true, ignoreColumns: true, delimiter: true }).shape,
  /** of rows that say nothing of it */
  priority: z.int().min(1).max(9).optional(),
  reason: text.optional(),
  instruction: text.optional(),
  /** a file without a row is meant */
  mayBeEmpty: z.boolean().default(false),
  /** so much of its rows may be gone at once: a file that was cut in the middle is not taken for the whole */
  mayShrink: z.number().min(0).max(1).default(0.5),
});
export type SourceConfig = z.output<typeof sourceSchema>;

const listSchema = watchlistSchema
  .pick({
    ...{ id: true, kind: true, priority: true, reason: true, instruction: true, expectedPer10000: true },
    ...{ silenceSeconds: true, match: true, bestBeforeDays: true, keepDays: true },
  })
  .extend({ sources: z.array(sourceSchema).min(1) });
export type GeneratorList = z.output<typeof listSchema>;

const configSchema = z
  .strictObject({
    /** generators that share the work have one name together */
    group: id.default('generator'),
    lists: z.array(listSchema).min(1),
    /** as hits.priorities of a box */
    priorities: agentSchema.shape.hits.unwrap().shape.priorities,
    /** whose lists are matched: the public half of the key that publishes them */
    publishers: agentSchema.shape.watchlists.unwrap().shape.publishers,
    /** the boxes (SITE/BOX) that lie in a zone, for entries that count only there */
    zones: z
      .record(id, z.array(z.string().regex(/^[A-Za-z0-9_-]+\/[A-Za-z0-9_-]+$/, 'SITE/BOX')))
      .default({}),
  })
  .superRefine(({ lists }, context) => {
    const twice = (names: string[]) => names.find((name, index) => names.indexOf(name) !== index);
    const list = twice(lists.map((each) => each.id));
    if (list)
      context.addIssue({ code: 'custom', path: ['lists'], message: `the list ${list} is there twice` });
    for (const [index, { sources }] of lists.entries()) {
      const source = twice(sources.map(({ name }) => name));
      if (source)
        context.addIssue({
          ...{ code: 'custom', path: ['lists', index, 'sources'] },
          message: `the source ${source} is there twice`,
        });
    }
  });
export type GeneratorConfig = z.output<typeof configSchema>;

/** @throws with the file, the place in it and what was wanted */
export function loadGeneratorConfig(file: string): GeneratorConfig {
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const result = configSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `  ${path.join('.') || '(all)'}: ${message}`,
    );
    throw new Error(`${file} is no configuration of a generator:\n${problems.join('\n')}`);
  }
  const from = dirname(resolve(file));
  for (const list of result.data.lists)
    for (const source of list.sources) source.file = resolve(from, source.file);
  return result.data;
}

export const formatOf = ({ file, format }: Pick<SourceConfig, 'file' | 'format'>): (typeof FORMATS)[number] =>
  format ?? (/\.(jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv');
