// What monitoring gets: the numbers, their names, the rules and the dashboard that use them, and a real Prometheus that asks.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import { healthMessage, topicOf } from '../../agent/contract/index.ts';
import type { NewRecord } from '../../agent/journal/index.ts';
import { expositionOf } from '../../agent/metrics/exposition.ts';
import { createHistogram, quantile } from '../../agent/metrics/histogram.ts';
import {
  type Facts,
  healthMessageOf,
  metrics,
  startListener,
  startWatch,
} from '../../agent/metrics/index.ts';
import { isQuiet, quietSinceOf } from '../../agent/metrics/quiet-policy.ts';
import { status } from '../api/answers.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { freePort, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const silent = pino({ level: 'silent' });

function facts(own: Partial<Facts> = {}): Facts {
  const confidence = createHistogram([0.5, 0.9, 1]);
  for (const value of [0.4, 0.95, 0.99]) confidence.observe(value);
  const seconds = createHistogram([0.1, 1]);
  for (const value of [0.05, 0.5, 7]) seconds.observe(value);
  return {
    status,
    host: {
      ...{ residentBytes: 1e8, diskFreeBytes: 5e9, diskSizeBytes: 1e10, celsius: 51.5 },
      clock: { synchronised: true, offsetMs: -2 },
      certificates: [{ certificate: 'own', days: 20.5 }],
    },
    quiet: new Map([['cam', true]]),
    confidence: new Map([['cam', confidence.state()]]),
    journalSeconds: seconds.state(),
    deliverySeconds: seconds.state(),
    now: 1_790_000_100_000,
    ...own,
  };
}

/** The samples of a text as Prometheus reads it; throws where it is not one. */
function samplesOf(exposition: string): Map<string, number> {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of exposition.trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type) types.set(type[1]!, type[2]!);
    if (line.startsWith('#')) continue;
    const found = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$/.exec(
      line,
    );
    if (!found) throw new Error(`no sample: ${line}`);
    const family = found[1]!.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(found[1]!) && types.get(family) !== 'histogram') throw new Error(`no type: ${line}`);
    samples.set(found[1]! + (found[2] ?? ''), Number(found[3]));
  }
  return samples;
}

test('the text is Prometheus’ own, and says what the agent says', (t) => {
  const samples = samplesOf(expositionOf(facts()));
  t.equal(samples.get('anpr_camera_frames_total{camera="cam"}'), 100);
  t.equal(samples.get('anpr_camera_state{camera="cam",state="streaming"}'), 1);
  t.equal(samples.get('anpr_camera_state{camera="cam",state="failed"}'), 0);
  t.equal(samples.get('anpr_certificate_left_seconds{certificate="own"}'), 20.5 * 86_400);
  t.equal(samples.get('anpr_clock_offset_seconds'), -0.002);
  t.equal(samples.get('anpr_camera_quiet{camera="cam"}'), 1);
  t.equal(samples.get('anpr_journal_oldest_pending_age_seconds'), 0);
  t.equal(samples.get('anpr_read_confidence_bucket{camera="cam",le="0.5"}'), 1);
  t.equal(samples.get('anpr_read_confidence_bucket{camera="cam",le="1"}'), 3, 'buckets add up');
  t.equal(samples.get('anpr_read_journal_seconds_bucket{le="1"}'), 2);
  t.equal(samples.get('anpr_read_journal_seconds_bucket{le="+Inf"}'), 3);
  t.equal(samples.get('anpr_read_journal_seconds_count'), 3);
  t.notOk(
    samples.has('anpr_camera_last_read_timestamp_seconds{camera="cam"}'),
    'what is not known is absent',
  );
  const odd = facts({ status: { ...status, version: 'a"b\\c\nd' } });
  t.equal(samplesOf(expositionOf(odd)).get('anpr_info{site="e19",box="north",version="a\\"b\\\\c\\nd"}'), 1);
  t.end();
});

test('names end in their unit, and no label can hold a plate', (t) => {
  const labels = new Set<string>();
  for (const { name, type, labels: own, help } of metrics) {
    t.match(name, /^anpr_[a-z]+(_[a-z]+)*$/);
    t.equal(name.endsWith('_total'), type === 'counter', name);
    t.notMatch(help, /\|/, 'it stands in a table');
    for (const label of own ?? []) labels.add(label);
  }
  t.equal(new Set(metrics.map(({ name }) => name)).size, metrics.length);
  t.same([...labels].sort(), ['box', 'camera', 'certificate', 'delivery', 'site', 'state', 'version']);
  const used = expositionOf(facts()).matchAll(/[{,]([a-z_]+)="/g);
  for (const [, label] of used) t.ok(labels.has(String(label)) || label === 'le', String(label));
  t.end();
});

test('each metric of the rules and of the dashboard exists', (t) => {
  const known = new Set(
    metrics.flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
    ),
  );
  for (const file of ['config/prometheus/anpr.rules.yaml', 'config/grafana/anpr.json']) {
    const text = readFileSync(here(file), 'utf8');
    const expressions = [...text.matchAll(/(?:expr"?: (?:>-\n)?|"query": ")((?:.|\n {12})*)/g)].map(
      ([, found]) => found!,
    );
    const names = expressions.flatMap((expression) => expression.match(/\banpr_[a-z_]+/g) ?? []);
    t.ok(names.length > 10, `${file}: ${names.length}`);
    for (const name of names) t.ok(known.has(name), name);
  }
  t.end();
});

const noPromtool =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'needs promtool (Debian package prometheus)';

test('promtool: the rules are right, fire when they should, and the text is good', {
  skip: noPromtool,
}, (t) => {
  const promtool = (args: string[], input?: string) =>
    spawnSync('promtool', args, { encoding: 'utf8', ...(input !== undefined && { input }) });
  const checked = promtool(['check', 'rules', here('config/prometheus/anpr.rules.yaml')]);
  t.equal(checked.status, 0, checked.stderr);
  const tested = promtool(['test', 'rules', here('config/prometheus/anpr.rules.test.yaml')]);
  t.equal(tested.status, 0, tested.stdout + tested.stderr);
  const linted = promtool(['check', 'metrics'], expositionOf(facts()));
  t.equal(linted.status, 0, linted.stdout + linted.stderr);
  t.end();
});

test('a histogram’s quantiles, as a table', (t) => {
  const state = { bounds: [1, 2, 4], counts: [0, 4, 4], count: 10, sum: 0 };
  const table: [share: number, value: number | null][] = [
    [0.2, 1.5],
    [0.4, 2],
    [0.6, 3],
    [0.8, 4],
    [0.99, 4],
  ];
  for (const [share, value] of table) t.equal(quantile(state, share), value, String(share));
  t.equal(quantile({ ...state, counts: [0, 0, 0], count: 0 }, 0.5), null);
  const histogram = createHistogram([1]);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1, 5]) histogram.observe(value);
  t.match(histogram.state(), { counts: [1], count: 2, sum: 6 });
  t.end();
});

test('when a camera is quiet, as a table', (t) => {
  const table: [allowedMs: number | undefined, quietSince: number, isStreaming: boolean, quiet: boolean][] = [
    [undefined, 0, true, false],
    [1000, 0, true, true],
    [1000, 9000, true, false],
    [1000, 9001, true, false],
    [1000, 0, false, false],
  ];
  for (const [allowedMs, quietSince, isStreaming, quiet] of table)
    t.equal(
      isQuiet({ allowedMs, quietSince, isStreaming, now: 10_000 }),
      quiet,
      `${allowedMs} ${quietSince}`,
    );
  const streaming = { passages: 3, state: 'streaming', since: 500 };
  t.equal(quietSinceOf(undefined, streaming, 9000), 500, 'since it streams');
  t.equal(quietSinceOf(undefined, { ...streaming, state: 'failed' }, 9000), 9000);
  t.equal(quietSinceOf({ passages: 3, quietSince: 700 }, streaming, 9000), 700);
  t.equal(quietSinceOf({ passages: 2, quietSince: 700 }, streaming, 9000), 9000, 'somebody passed');
  t.equal(quietSinceOf({ passages: 3, quietSince: 700 }, { ...streaming, state: 'stalled' }, 9000), 9000);
  t.equal(
    quietSinceOf({ passages: 9, quietSince: 700 }, { ...streaming, passages: 0 }, 9000),
    9000,
    'started anew',
  );
  t.end();
});

test('a quiet camera is told in the log, in a record and in the facts, once, and its end too', async (t) => {
  const camera = { ...status.cameras[0]!, since: Date.now() - 120_000 };
  const config = schema.parse({
    ...{ version: 1, site: 'e19', box: 'north' },
    cameras: [{ id: 'cam', url: 'rtsp://192.0.2.1/', quietMinutes: 1 }],
  });
  const lines: { level: number; camera?: string }[] = [];
  const records: NewRecord[] = [];
  const heard = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const watch = startWatch({
    config: () => config,
    status: async () => ({ ...status, cameras: [camera] }),
    follow: () => () => {},
    onSent: () => () => {},
    append: async (record) => {
      records.push(record);
      (records.length === 1 ? heard : over).resolve();
    },
    log: pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
    lookEveryMs: 5,
  });
  // The watch keeps no process alive; here nothing else does.
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => {
    clearInterval(alive);
    watch.close();
  });
  await heard.promise;
  t.equal((await watch.facts()).quiet.get('cam'), true);
  t.match(lines, [{ level: 40, camera: 'cam', quietMinutes: 1 }]);
  camera.passages += 1;
  await over.promise;
  t.equal((await watch.facts()).quiet.get('cam'), false);
  t.match(records, [
    { type: 'status', payload: { type: 'change', change: { of: 'camera', name: 'cam', state: 'quiet' } } },
    { type: 'status', payload: { type: 'change', change: { state: 'passages', reason: null } } },
  ]);
});

test('the health message has the same facts', (t) => {
  const message = healthMessageOf(facts());
  t.same(healthMessage.parse(message), message);
  t.match(message, {
    cameras: [{ id: 'cam', passagesTotal: 3, quiet: true }],
    deliveryLatency: { count: 3, p50Ms: 550 },
    certificates: [{ certificate: 'own', days: 20 }],
    computer: { temperatureCelsius: 51.5 },
  });
  t.end();
});

const get = (options: { port: number; path?: string; method?: string }) =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', path: '/metrics', ...options }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode!, body }), reject);
    })
      .once('error', reject)
      .end();
  });

test('the listener gives out metrics and nothing else, and waits for a port that is taken', async (t) => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  let fails = false;
  const listener = startListener({
    ...{ address: '127.0.0.1', port, log: silent, againMs: 20 },
    text: async () => {
      if (fails) throw new Error('no');
      return 'anpr_x 1\n';
    },
  });
  t.teardown(() => listener.close());
  t.equal(listener.port(), null);
  squatter.close();
  while (listener.port() === null) await sleep(10);
  t.match(await get({ port }), { status: 200, body: 'anpr_x 1\n' });
  t.match(await get({ port, path: '/metrics?x=1' }), { status: 200 });
  for (const path of ['/', '/1/reads', '/metrics/../1/reads', '//metrics'])
    t.match(await get({ port, path }), { status: 404 }, path);
  t.match(await get({ port, method: 'POST' }), { status: 405 });
  fails = true;
  t.match(await get({ port }), { status: 503 });
  const raw = connectTcp(port, '127.0.0.1');
  raw.end('\0\0 nonsense\r\n\r\n');
  t.match(await text(raw), /400 Bad Request/);
  await listener.close();
  await t.rejects(get({ port }), { code: /ECONNREFUSED|ECONNRESET/ });
});

const noPrometheus =
  spawnSync('prometheus', ['--version']).status === 0 ? false : 'needs prometheus (Debian package)';

test('the agent listens nowhere unless told; the broker has its health; Prometheus scrapes it', {
  skip: noMosquitto,
}, async (t) => {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const client = await mqtt.connectAsync(broker.url);
  t.teardown(() => client.endAsync(true));
  const port = await freePort();
  await using agent = agentFolder({ uplink: { url: broker.url }, metrics: { port } });
  const running = await agent.start();
  const heard = new Promise<string>((resolve) => {
    client.on('message', (_topic, payload) => resolve(String(payload)));
  });
  await client.subscribeAsync(topicOf({ site: 'test-site', box: 'test-box' }, 'health'), { qos: 1 });
  const message = JSON.parse(await heard);
  t.same(healthMessage.parse(message), message);

  let answer = await get({ port }).catch(() => null);
  while (!answer) {
    await sleep(20);
    answer = await get({ port }).catch(() => null);
  }
  t.match(
    samplesOf(answer.body),
    new Map([['anpr_info{site="test-site",box="test-box",version="0.1.0"}', 1]]),
  );
  await t.test('Prometheus', { skip: noPrometheus }, (t) => scraped(t, port));
  await running.stop();
});

/** A real Prometheus with the rules that come with the project. */
async function scraped(t: Test, port: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const own = await freePort();
  const rules = here('config/prometheus/anpr.rules.yaml');
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'anpr', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${own}`,
    ],
    { stdio: 'ignore' },
  );
  t.teardown(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  const ask = async (path: string) => {
    const { body } = await get({ port: own, path }).catch(() => ({ body: '{}' }));
    try {
      return JSON.parse(body).data;
    } catch {
      return undefined;
    }
  };
  for (;;) {
    const data = await ask('/api/v1/query?query=anpr_info');
    if (data?.result?.length === 1) {
      t.match(data.result[0].metric, { site: 'test-site', box: 'test-box', job: 'anpr' });
      break;
    }
    await sleep(200);
  }
  const { groups } = await ask('/api/v1/rules');
  t.equal(groups[0].rules.length, 13);
  const targets = await ask('/api/v1/targets');
  t.match(targets.activeTargets, [{ health: 'up', lastError: '' }]);
}
