// The acceptance test from begin to end: self-tests, recording, confirmation, report. Each step is kept, so that the same
// command goes on where it was left.

import type { ApiClient } from '../api/index.ts';
import type { Acceptance, Report, ReportContent, Session, Truth } from '../commission/index.ts';
import type { Config } from '../config/index.ts';
import type { BoxKey } from '../seal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { ask, canAsk } from './ask.ts';
import type { CommissionOptions } from './commission.ts';
import { intactReport } from './commission-check.ts';
import { languagesFor, writeFiles } from './commission-files.ts';
import { reviewOnPage } from './commission-page.ts';
import { recordLive } from './commission-record.ts';
import { reviewOnTerminal } from './commission-review.ts';
import { findAgent } from './connection.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';
import { unknownCamera } from './snapshot.ts';
import { localTime, zoneName } from './times.ts';

interface Test {
  camera: string;
  options: CommissionOptions;
  output: Output;
  api: ApiClient;
  config: Config;
  configFile: string;
  acceptance: Acceptance;
  truth: Truth | undefined;
  before: Report | undefined;
  key: BoxKey | null;
  session: Session;
}

export async function test(camera: string, options: CommissionOptions): Promise<void> {
  const output = options.json
    ? { ...createOutput(process.stderr), json: createOutput().json }
    : createOutput();
  const all = await prepare(camera, options, output);
  const { session } = all;
  if (session.resumed)
    output.line(`An unfinished test of ${camera}, begun ${localTime(session.state.begunAt)}, goes on.`);
  await askDetails(all);
  if (session.state.phase === 'recording' && !(await recording(all))) return left(all);
  // counted on paper, and told only when the plates are confirmed
  if (options.count !== undefined) session.state.counted = options.count;
  if (!(await answers(all))) return left(all);
  const report = await written(all);
  session.remove();
  if (report.verdict === 'fail') process.exitCode = exitCodes.failed;
  else if (report.verdict === 'undecided') process.exitCode = exitCodes.warned;
}

/** Everything that can be wrong is said before anybody waits for half an hour. */
async function prepare(camera: string, options: CommissionOptions, output: Output): Promise<Test> {
  const { loadAcceptance, loadTruth, openSession } = await import('../commission/index.ts');
  const { configPath } = await import('../config/index.ts');
  if (!canAsk() && options.truth === undefined && !options.recordOnly && !options.page)
    throw new AnprError(
      'usage.no-terminal',
      'the plates have to be confirmed, and there is no terminal to ask on',
      'Run it on a terminal or with --page, name a file with --truth, or record now with --record-only.',
    );
  const configFile = configPath(options.config);
  const acceptance = loadAcceptance(options.acceptance, configFile);
  const truth = options.truth === undefined ? undefined : loadTruth(options.truth);
  const before = options.compare === undefined ? undefined : await intactReport(options.compare);
  const { api, config, reason } = await findAgent(
    options.config,
    options.reason ?? `acceptance test of ${camera}`,
  );
  if (!api || !config) throw reason;
  const status = await api.status();
  if (!status.cameras.some(({ id }) => id === camera)) throw unknownCamera(camera, config.cameras);
  if (before && (before.camera !== camera || before.site !== config.site))
    throw new AnprError(
      'commission.other-camera',
      `${options.compare} is of ${before.site}/${before.box}/${before.camera}, not of ${config.site}/${config.box}/${camera}`,
      'Name an earlier report of this camera.',
    );
  const key = options.unsigned ? null : await signingKey(config);
  const { site, box } = config;
  const anew = options.anew === true;
  const session = openSession({ output: options.output, camera, site, box, anew, now: Date.now() });
  return { camera, options, output, api, config, configFile, acceptance, truth, before, key, session };
}

async function signingKey(config: Config): Promise<BoxKey> {
  const { openRing } = await import('../seal/index.ts');
  const { ownKeys } = await import('./own-keys.ts');
  return openRing((await ownKeys(config.journal.path)).ring).current;
}

async function askDetails({ options, session, before }: Test): Promise<void> {
  const { state } = session;
  const old = before?.mounting;
  const isNew = state.by.name === '';
  if (options.by !== undefined) state.by.name = options.by;
  state.by.company = options.company ?? state.by.company;
  const { mounting } = state;
  mounting.lens = options.lens ?? mounting.lens ?? old?.lens ?? null;
  mounting.heightM = options.height ?? mounting.heightM ?? old?.heightM ?? null;
  mounting.distanceM = options.distance ?? mounting.distanceM ?? old?.distanceM ?? null;
  mounting.note = options.note ?? mounting.note;
  if (isNew && canAsk() && !options.recordOnly && options.truth === undefined) {
    if (options.by === undefined)
      state.by.name = await ask('Your name', (answer) =>
        answer === '' ? 'It stands in the report.' : undefined,
      );
    if (options.company === undefined) state.by.company = (await ask('Company (or Enter)')) || null;
    if (mounting.lens === null) mounting.lens = (await ask('Lens, like 12 mm (or Enter)')) || null;
    mounting.heightM ??= await metres('Height of the camera above the road, in metres (or Enter)');
    mounting.distanceM ??= await metres('Distance to the plates, in metres (or Enter)');
  }
  session.save();
}

async function metres(question: string): Promise<number | null> {
  const parse = (answer: string) => Number(answer.replace(',', '.').replace(/\s*m$/i, ''));
  const answer = await ask(question, (text) =>
    text === '' || (parse(text) > 0 && parse(text) <= 1000)
      ? undefined
      : 'Wanted a number of metres, like 6.5',
  );
  return answer === '' ? null : parse(answer);
}

/** @returns false: left before its end */
async function recording({
  camera,
  options,
  output,
  api,
  config,
  configFile,
  acceptance,
  truth,
  session,
}: Test) {
  const { conclude } = await import('../commission/index.ts');
  const { state } = session;
  const { standard } = acceptance;
  const limits = {
    ms: 60_000 * (options.minutes ?? standard.recording.minutes),
    passages: options.passages ?? standard.recording.passages,
  };
  output.line('Self-tests …');
  await selfTests(camera, { api, config, configFile, session });
  if ((await recordLive(session, api, limits, output, acceptance)) === 'left') return false;
  const status = await api.status();
  const seen = status.cameras.find(({ id }) => id === camera);
  if (seen) state.picture = { width: seen.width, height: seen.height, fps: seen.fps, decode: seen.decode };
  state.counted = options.count ?? (await askCount(state.tally, options, truth));
  output.line('Waiting for the last reads …');
  const missing = await conclude({
    ...{
      session,
      api,
      sample: truth || options.truth ? Number.MAX_SAFE_INTEGER : (standard.read?.sample ?? 0),
    },
    askMoments: state.counted === null && truth?.kind !== 'passages' && standard.captured !== undefined,
  });
  if (missing > 0)
    output.field(
      '',
      `${missing} read vehicles did not reach the journal and are not in the report. See why: anpr doctor`,
      'yellow',
    );
  return true;
}

/** A tally by key, a number on paper, or nobody counted. */
async function askCount(
  tally: number,
  options: CommissionOptions,
  truth: Truth | undefined,
): Promise<number | null> {
  if (truth?.kind === 'passages') return null;
  if (!canAsk() || options.recordOnly) return tally > 0 ? tally : null;
  const answer = await ask(
    tally > 0
      ? `You counted ${tally} vehicles; press Enter, or give the right number (0: do not use the count)`
      : 'How many vehicles passed, if somebody counted them? (Enter: nobody did)',
    (text) => (/^\d*$/.test(text) ? undefined : 'Wanted a number'),
  );
  if (answer === '') return tally > 0 ? tally : null;
  return Number(answer) || null;
}

async function selfTests(
  camera: string,
  { api, config, configFile, session }: Pick<Test, 'api' | 'config' | 'configFile' | 'session'>,
): Promise<void> {
  const { probeLines } = await import('../commission/index.ts');
  const { probes, runProbes } = await import('../health/index.ts');
  const own = { ...config, cameras: config.cameras.filter(({ id }) => id === camera) };
  const context = { configFile, config: own, agent: await api.status() };
  const reports = await runProbes(
    probes.filter((probe) => probe.applies(context)),
    context,
  );
  session.state.probes = probeLines(reports.flatMap(({ results }) => results));
  session.save();
}

/** @returns false: left before the last answer */
async function answers({ options, output, api, truth, session }: Test): Promise<boolean> {
  const { held } = await import('../commission/index.ts');
  const { state } = session;
  if (truth) {
    Object.assign(state.answers, held(truth, state.reads, state.segments).answers);
    session.save();
    return true;
  }
  if (options.recordOnly) return false;
  if (options.page) {
    const { language: [language] = [], port } = options;
    return (await reviewOnPage(session, { output, api, port, language })) === 'finished';
  }
  if (!canAsk()) return false;
  return (await reviewOnTerminal(session, { output, api })) === 'finished';
}

function left({ camera, output, session, options }: Test): void {
  const { state } = session;
  session.save();
  output.line(
    state.phase === 'review'
      ? `Recorded: ${state.reads.length} reads. The plates are still to be confirmed.`
      : 'Stopped while recording.',
  );
  // what the session keeps need not be given again; this shapes the report
  const given = [
    options.output === '.' ? '' : `--output ${options.output}`,
    options.page ? '--page' : '',
    options.language ? `--language ${options.language.join(',')}` : '',
    options.acceptance ? `--acceptance ${options.acceptance}` : '',
    options.compare ? `--compare ${options.compare}` : '',
    options.plates ? '--plates' : '',
    options.unsigned ? '--unsigned' : '',
  ];
  output.line(`Go on with: ${['anpr commission', camera, ...given].filter(Boolean).join(' ')}`);
}

async function written(all: Test): Promise<Report> {
  const { compare, reportHash, sealReport } = await import('../commission/index.ts');
  const { before, key, options, output } = all;
  const content = await contentFor(all);
  if (before) {
    const { seal, ...old } = before;
    content.comparison = {
      ...{ id: before.id, writtenAt: before.writtenAt, anpr: before.versions.anpr },
      sha256: seal?.sha256 ?? reportHash(old),
      rows: compare(before, content),
    };
  }
  const report = sealReport(content, key);
  const languages = languagesFor(options.language);
  const files = await writeFiles(report, { folder: options.output, languages, key, json: true });
  if (options.json) output.json(report);
  else showResult(output, report);
  for (const file of files) output.line(`Written: ${file}`);
  return report;
}

async function contentFor({
  options,
  api,
  config,
  camera,
  acceptance,
  truth,
  session,
}: Test): Promise<ReportContent> {
  const { contentOf, held, samplesOf, VIEW_PICTURE } = await import('../commission/index.ts');
  const { ownClaim } = await import('../audit/index.ts');
  const { versions } = await import('../health/index.ts');
  const { state } = session;
  const missed = truth && held(truth, state.reads, state.segments).missed;
  const plates = options.plates ? ('shown' as const) : ('covered' as const);
  const { user, sudoUser } = ownClaim();
  const { anpr, node, packages } = versions();
  const { models } = await api.status();
  return contentOf({
    ...{ state, acceptance, plates, who: { user, sudoUser } },
    truth: missed === undefined || missed === null ? undefined : { missed },
    position: config.position ?? null,
    headingDegrees: config.cameras.find(({ id }) => id === camera)?.headingDegrees ?? null,
    versions: { anpr, node, packages, detector: models.detector, reader: models.reader },
    samples: await samplesOf(state, { count: acceptance.standard.pictures.samples, plates, api }),
    view: state.hasView ? (session.picture(VIEW_PICTURE)?.toString('base64') ?? null) : null,
    ...{ timeZone: zoneName(), now: Date.now() },
  });
}

const STYLES = { pass: 'green', fail: 'red', undecided: 'yellow', unmeasured: 'yellow' } as const;

function showResult(output: Output, report: Report): void {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const rows = report.criteria.map(({ id, verdict, value, limit, interval, count, n }) => {
    const shown = value === null ? '-' : id === 'clock' ? `${value.toFixed(1)} ms` : percent(value);
    const range = interval ? `${percent(interval[0])} to ${percent(interval[1])}` : '';
    const of = n === null ? '' : `${count} of ${n}`;
    const wanted = id === 'clock' ? `<= ${limit} ms` : `>= ${percent(limit)}`;
    return [id, shown, of, range, wanted, { text: verdict, style: STYLES[verdict] }];
  });
  output.line();
  output.table(['', 'MEASURED', 'OF', '95 % INTERVAL', 'WANTED', 'VERDICT'], rows);
  const text = { pass: 'ACCEPTED', fail: 'NOT ACCEPTED', undecided: 'NOT ENOUGH PASSAGES TO SAY' }[
    report.verdict
  ];
  output.line();
  output.line(output.paint(STYLES[report.verdict], text));
  for (const change of report.comparison?.rows ?? [])
    if (change.change === 'worse') output.line(output.paint('red', `worse than before: ${change.name}`));
  output.line();
}
