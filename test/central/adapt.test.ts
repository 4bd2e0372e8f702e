// `scripts/central adapt` as a platform team types it: exports in, another platform's words out, to stdout or over HTTP.

import { spawn } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { test } from 'tap';
import { adaptCommand } from '../../scripts/adapt/command.ts';
import { hitOf, ofCentre, readWith } from '../contract/observed.ts';
import { file } from './processes.ts';

async function adapt(
  args: string[],
  input = '',
): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [file('scripts/central.ts'), 'adapt', ...args]);
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { status, stdout, stderr };
}

const read = readWith();
const { raised, then } = hitOf(read);
const withdrawn = then({ event: 'withdrawn', state: 'withdrawn' });
const jpeg = Buffer.from('a picture');
/** As `anpr journal export` writes them. */
const exported = [
  {
    ...read,
    lane: undefined,
    pictures: [{ kind: 'plate', sha256: 'a'.repeat(64), jpeg: jpeg.toString('base64') }],
  },
  raised,
  { ...raised, type: 'change' },
  withdrawn,
  read,
  { export: { records: 4 } },
];
const lines = `${exported.map((line) => JSON.stringify(line)).join('\n')}\n`;

test('an export becomes what each platform takes, each record once', async (t) => {
  const path = join(t.testdir(), 'export.jsonl.gz');
  writeFileSync(path, gzipSync(lines));
  const csv = await adapt(['--to', 'csv', path]);
  t.match(csv, { status: 0, stderr: '3 adapted, 0 left out\n' });
  t.same(
    csv.stdout.split('\r\n').map((line) => line.split(',')[0]),
    ['record', 'read', 'hit', 'hit', ''],
  );
  const fiware = await adapt(['--to', 'fiware', '--simplified', '--only', 'hits'], lines);
  const entities = fiware.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(entities, [
    { type: 'AnprFlowObserved', watchlistHit: { state: 'new' } },
    { id: `urn:ngsi-ld:AnprFlowObserved:${read.id}`, watchlistHit: { state: 'withdrawn' } },
  ]);
  const hikvision = await adapt(
    ['--to', 'hikvision', '-'],
    `${JSON.stringify(then({ event: 'upheld' }))}\n${lines}`,
  );
  t.match(hikvision, { status: 0, stderr: '3 adapted, 0 left out, 1 of which hikvision has no words for\n' });
  t.same(
    hikvision.stdout.match(/<eventState>\w+/g),
    ['active', 'active', 'inactive'].map((state) => `<eventState>${state}`),
  );
});

test('a hit of the centre is adapted like one of a box, and named where it is none', async (t) => {
  const central = ofCentre(raised);
  const given = [raised, central, central, { ...central, id: randomUUIDv7(), match: 'none' }];
  const csv = await adapt(
    ['--to', 'csv', '--only', 'hits'],
    given.map((each) => JSON.stringify(each)).join('\n'),
  );
  t.match(csv, { status: 1, stderr: /^stdin, line 4: no centralHit .*match.*\n2 adapted, 1 left out\n$/ });
  t.same(
    csv.stdout
      .trim()
      .split('\r\n')
      .map((line) => line.split(',').at(-1)),
    ['hit_origin', 'edge', 'centre'],
  );
});

test('what is wrong is named by its line, and the rest goes on', async (t) => {
  const nowhere = JSON.stringify(readWith({}, { position: null }));
  const broken = JSON.stringify({ ...readWith(), plate: { text: 'a b' } });
  const found = await adapt(['--to', 'fiware'], `${nowhere}\n{"type": "read"\n7\n${broken}\n${lines}`);
  t.equal(found.status, 1);
  t.match(
    found.stderr,
    /stdin, line 1: e19\/north, camera north: .*position.*\n.*line 2: .*no JSON.*\n.*line 3: /,
  );
  t.match(found.stderr, /line 4: no read as the contract has it: .*plate/);
  t.match(found.stderr, '3 adapted, 4 left out');
  for (const [args, why] of [
    [['--to', 'excel'], '--to: wanted fiware, hikvision, csv, found excel'],
    [[], 'found nothing'],
    [['--to', 'csv', '--only', 'gaps'], 'wanted reads, hits'],
    [['--to', 'csv', '--post', 'http://127.0.0.1:1'], 'carry the file'],
    [['--to', 'csv', '--colour'], "Unknown option '--colour'"],
  ] as const)
    await t.rejects(adaptCommand([...args]), { message: why });
  const good = join(t.testdir({ 'good.jsonl': lines }), 'good.jsonl');
  for (const files of [['/nowhere.jsonl'], [good, '/nowhere.jsonl'], [t.testdirName]]) {
    const refused = await adapt(['--to', 'csv', ...files]);
    t.match(refused, { status: 2, stderr: `wanted an export in ${files.at(-1)}` });
    t.equal(refused.stdout, '', 'nothing is written, not even a head');
  }
  t.match(
    (await adapt(['--to', 'csv', '-'])).stdout,
    /^record,[^\n]*\n$/,
    'of nothing there is an empty table',
  );
  const help = await adapt(['--help']);
  t.equal(help.status, 0);
  t.same(
    help.stdout.split('\n').filter((line) => line.length > 80),
    [],
    'fits 80 columns',
  );
});

test('a platform gets it over HTTP; what it cannot take now is sent again, what it refuses is named', async (t) => {
  const requests: { type: string; token: unknown; body: string }[] = [];
  const answers = [503, 204, 400];
  const server = createServer(async (request, response) => {
    const { 'content-type': type = '', 'x-auth-token': token } = request.headers;
    requests.push({ type, token, body: await text(request) });
    response.writeHead(answers[requests.length - 1] ?? 200).end('no such\ntenant');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const headers = join(t.testdir(), 'headers');
  writeFileSync(headers, 'X-Auth-Token: secret\n');
  const fiware = await adapt(
    ['--to', 'fiware', '--post', url, '--headers', headers, '--only', 'hits'],
    lines,
  );
  t.match(fiware, {
    status: 1,
    stdout: '',
    stderr: /^stdin, line 4: not taken by .*: 400 .*no such tenant\n1 adapted/,
  });
  t.equal(requests.length, 3, 'the first one twice, the second once');
  t.same(requests[0], requests[1]);
  t.match(requests[1], { type: 'application/ld+json', token: 'secret', body: /^\[\{.*\}\]$/ });
  requests.length = 0;
  answers.length = 0;
  const hikvision = await adapt(['--to', 'hikvision', '--post', url, '--only', 'reads'], lines);
  t.match(hikvision, { status: 0, stderr: '1 adapted, 0 left out\n' });
  t.match(requests[0]?.type, /^multipart\/form-data; boundary=/);
  for (const part of [
    'name="anpr.xml"',
    '<picNum>1</picNum>',
    '<dataType>0</dataType>',
    'name="licensePlatePicture.jpg"',
    'a picture',
  ])
    t.ok(requests[0]?.body.includes(part), part);
});
