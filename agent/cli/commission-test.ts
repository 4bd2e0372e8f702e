// The acceptance test from begin to end: self-tests, recording, confirmation, report. Each step is kept, so that the same
// command goes on where it was left.

import type { Config } from '../config/index.ts';
import type { BoxKey } from '../seal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { countText } from '../shared/quantities.ts';
import { canAsk } from './ask.ts';
import { intactReport } from './commission-check.ts';
import { askCount, askDetails } from './commission-details.ts';
import type { CommissionOptions, Test } from './commission-options.ts';
import { reviewOnPage } from './commission-page.ts';
import { recordLive } from './commission-record.ts';
import { reviewOnTerminal } from './commission-review.ts';
import { written } from './commission-written.ts';
import { findAgent } from './connection.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';
import { unknownCamera } from './snapshot.ts';
import { localTime } from './times.ts';

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
      ? `Recorded: ${countText(state.reads.length, 'read')}. The plates are still to be confirmed.`
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
