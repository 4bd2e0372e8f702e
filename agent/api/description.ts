// The local API as an OpenAPI document, from the schemas that both sides check by.

import { z } from 'zod';
import { aimQuery, aimReport } from './aim.ts';
import { auditQuery, exportQuery, filterQuery, snapshotQuery } from './filter.ts';
import { decisionQuery, hitDecided, hitQuery, hitsQuery, shownHit } from './hit-routes.ts';
import { previewEvent, previewQuery } from './preview.ts';
import { queueState } from './queue.ts';
import { journalRecord } from './record.ts';
import { agentStatus, reloadAnswer } from './status.ts';
import { witnessLine, witnessQuery } from './witness.ts';

interface RouteWords {
  about: string;
  method?: 'post';
  query?: z.ZodObject;
  answer: { type: string; schema?: z.ZodType };
  /** noted in the audit log before it is given out */
  audited: boolean;
}

const JSON_TYPE = 'application/json';
const id = z.strictObject({ id: z.string().describe('of the record') });
const noteQuery = z.object({ rows: z.int().min(0).describe('entries that it is about') });

const routes: Record<string, RouteWords> = {
  '/1/status': {
    about: 'What the agent does: cameras, journal, uplink, models, keys',
    answer: { type: JSON_TYPE, schema: agentStatus },
    audited: false,
  },
  '/1/metrics': {
    about: 'Numbers for monitoring in the text format of Prometheus (docs/metrics.md); no plate is in them',
    answer: { type: 'text/plain' },
    audited: false,
  },
  '/1/reads': {
    about: 'Reads, newest first',
    query: filterQuery,
    answer: { type: JSON_TYPE, schema: z.array(journalRecord) },
    audited: true,
  },
  '/1/reads/follow': {
    about: 'Each new read from now on, a line of JSON each, until the connection ends',
    query: filterQuery,
    answer: { type: 'application/jsonl', schema: journalRecord },
    audited: true,
  },
  '/1/read': {
    about: 'One read',
    query: id,
    answer: { type: JSON_TYPE, schema: journalRecord },
    audited: true,
  },
  '/1/read/erase': {
    about: 'Forgets a read, its hits and its pictures, for good; only with a reason',
    method: 'post',
    query: id,
    answer: {
      type: JSON_TYPE,
      schema: z.object({ erased: z.int().describe('how many records: the read and its hits') }),
    },
    audited: true,
  },
  '/1/picture': {
    about: 'A picture of a read',
    query: id.extend({ kind: z.enum(['plate', 'overview']) }),
    answer: { type: 'image/jpeg' },
    audited: true,
  },
  '/1/snapshot': {
    about: 'What a camera sees now; the header x-captured-at has its time (UTC epoch milliseconds)',
    query: snapshotQuery,
    answer: { type: 'image/jpeg' },
    audited: true,
  },
  '/1/aim': {
    about: 'How a camera is aimed, a line of JSON several times a second, until the connection ends',
    query: aimQuery,
    answer: { type: 'application/jsonl', schema: aimReport },
    audited: false,
  },
  '/1/witness': {
    about:
      'What an acceptance test has to know of a camera, a line of JSON each: aim numbers, motion, passages, pictures of motion without a read, states, deliveries',
    query: witnessQuery,
    answer: { type: 'application/jsonl', schema: witnessLine },
    audited: true,
  },
  '/1/config/reload': {
    about:
      'Looks at the configuration again; one that is wrong changes nothing, and the error says what it is',
    method: 'post',
    answer: { type: JSON_TYPE, schema: reloadAnswer },
    audited: false,
  },
  '/1/note/list': {
    about: 'Notes that somebody changed a watchlist; other members of the query are kept with it',
    method: 'post',
    query: noteQuery,
    answer: { type: JSON_TYPE },
    audited: true,
  },
  '/1/note/entries': {
    about: 'Notes that somebody looks at entries of a watchlist; other members of the query are kept with it',
    method: 'post',
    query: noteQuery,
    answer: { type: JSON_TYPE },
    audited: true,
  },
  '/1/preview': {
    about:
      'What a preview shows of a camera, a line of JSON each: where its pictures can be had, what is found in each, how it is aimed',
    query: previewQuery,
    answer: { type: 'application/jsonl', schema: previewEvent },
    audited: true,
  },
  '/1/audit': {
    about: 'Who looked at what, newest first',
    query: auditQuery,
    answer: { type: JSON_TYPE, schema: z.array(journalRecord) },
    audited: true,
  },
  '/1/hits': {
    about: 'Hits, newest first',
    query: hitsQuery,
    answer: { type: JSON_TYPE, schema: z.array(shownHit) },
    audited: true,
  },
  '/1/hit': {
    about: 'One hit with all that became of it',
    query: hitQuery,
    answer: { type: JSON_TYPE, schema: shownHit },
    audited: true,
  },
  '/1/hit/decide': {
    about: 'What somebody makes of a hit: kept as a record of it, with who decided',
    method: 'post',
    query: decisionQuery,
    answer: { type: JSON_TYPE, schema: hitDecided },
    audited: false,
  },
  '/1/queue': {
    about: 'What waits for delivery, and what was refused for good',
    answer: { type: JSON_TYPE, schema: queueState },
    audited: false,
  },
  '/1/queue/retry': {
    about: 'A dead letter is sent again',
    method: 'post',
    query: id,
    answer: { type: JSON_TYPE },
    audited: false,
  },
  '/1/queue/drop': {
    about: 'A dead letter is given up',
    method: 'post',
    query: id,
    answer: { type: JSON_TYPE },
    audited: false,
  },
  '/1/export': {
    about: 'All records of the journal as JSON Lines',
    query: exportQuery,
    answer: { type: 'application/jsonl' },
    audited: true,
  },
};

const errorAnswer = z.object({
  error: z.object({
    code: z.string().describe('stable, like camera.no-picture'),
    message: z.string(),
    remedy: z.string().optional().describe('what to do, one sentence'),
  }),
});

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema, ...shape } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return shape;
};

/** OpenAPI 3.1 */
export function apiDescription(version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'anpr-edge local API',
      version,
      description:
        'HTTP over the Unix socket that api.socket names. Root and the group of the socket may use it. Whoever asks for reads, pictures or exports is noted in the audit log first, with the reason in the header x-anpr-reason (percent-encoded), which audit.reasonRequired demands.',
    },
    paths: Object.fromEntries(
      Object.entries(routes).map(([path, words]) => [path, { [words.method ?? 'get']: operationOf(words) }]),
    ),
  };
}

function operationOf({ about, query, answer, audited }: RouteWords): Record<string, unknown> {
  const { properties = {}, required = [] } = query ? schemaOf(query, 'input') : {};
  const content = { [answer.type]: answer.schema ? { schema: schemaOf(answer.schema, 'output') } : {} };
  return {
    summary: about,
    'x-audited': audited,
    parameters: Object.entries(properties).map(([name, schema]) => ({
      ...{ name, in: 'query', required: required.includes(name), schema },
    })),
    responses: {
      200: { description: about, content },
      default: {
        description: 'An error',
        content: { [JSON_TYPE]: { schema: schemaOf(errorAnswer, 'output') } },
      },
    },
  };
}
