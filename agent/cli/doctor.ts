// `anpr doctor`: every probe side by side, each ending ok, warn or fail with what was measured and what to do. It needs
// neither a running agent nor a configuration: it looks at what makes sense without.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Probe, ProbeContext, ProbeReport, ProbeResult, Verdict } from '../health/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import { findAgent } from './connection.ts';
import { liveList, resultLines, screenLines, summary } from './doctor-list.ts';
import { exitCodes } from './exit-codes.ts';
import { configOption, count, example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { openScreen } from './screen.ts';
import { localTime } from './times.ts';

interface DoctorOptions {
  config?: string;
  only?: string[];
  watch?: number | true;
  thorough?: true;
  timeServer?: string;
  json?: true;
}

/** A result with the probe that it comes from, as `--json` has it. */
type NamedResult = ProbeResult & { probe: string; ms: number };

const WATCH_SECONDS = 10;

export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('find out why: test this box, its cameras, network, models, journal, broker')
    .option('--only <name...>', 'only these: a probe (clock), a group (network), one camera (camera/gate)')
    .option(
      '--watch [seconds]',
      `again and again, until q or Ctrl-C (default: ${WATCH_SECONDS})`,
      count(1, 3600),
    )
    .option('--thorough', "take a minute: the clock's drift, a longer look at each camera")
    .option('--time-server <host>', "compare the clock with this one (default: the box's own)")
    .addOption(jsonOption('print one JSON document; with --watch one line a round'))
    .addOption(configOption())
    .action(consult);
  example(
    command,
    'anpr doctor',
    'anpr doctor --only camera/gate broker',
    'anpr doctor --only network --watch 5',
    'anpr doctor --json > report.json',
  );
  command.addHelpText(
    'after',
    `\nExit status: 0 all ok, ${exitCodes.warned} something to look at, ${exitCodes.failed} something failed.`,
  );
}

async function consult(options: DoctorOptions): Promise<void> {
  const output = createOutput();
  const verdict = options.watch ? await watch(options, output) : await once(options, output);
  if (verdict === 'fail') process.exitCode = exitCodes.failed;
  else if (verdict === 'warn') process.exitCode = exitCodes.warned;
}

async function once(options: DoctorOptions, output: Output): Promise<Verdict> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { results, verdict } = await examine(options, abort.signal, (chosen) =>
    options.json ? undefined : liveList(output, chosen),
  );
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (options.json) output.json({ at: new Date().toISOString(), verdict, results });
  else output.line(summary(output, results));
  return verdict;
}

/** Each round's results on one screen; where there is none, and after the first round, only what has changed. */
async function watch(options: DoctorOptions, output: Output): Promise<Verdict> {
  const seconds = typeof options.watch === 'number' ? options.watch : WATCH_SECONDS;
  let last: { results: readonly NamedResult[]; at: number } | undefined;
  const draw = () => {
    if (last)
      screen.draw(
        screenLines(output, last.results, screen.rows, `${localTime(last.at)}, each ${seconds} s; q ends`),
      );
  };
  const screen = openScreen(options.json ? { ...output, live: false } : output, draw);
  let verdict: Verdict = 'ok';
  try {
    while (!screen.ended.aborted) {
      if (!last) screen.draw(['looking …']);
      const found = await examine(options, screen.ended, () => undefined);
      if (screen.ended.aborted) break;
      verdict = found.verdict;
      const at = Date.now();
      if (options.json) output.jsonLine({ at: new Date(at).toISOString(), ...found });
      else if (!output.live) printChanges(output, last?.results, found.results, at);
      last = { results: found.results, at };
      draw();
      await sleep(seconds * 1000, undefined, { signal: screen.ended }).catch(() => {});
    }
  } finally {
    screen.close();
  }
  return verdict;
}

function printChanges(
  output: Output,
  before: readonly NamedResult[] | undefined,
  now: readonly NamedResult[],
  at: number,
): void {
  const known = new Map(before?.map(({ id, finding }) => [id, finding]));
  const changed = now.filter(({ id, finding }) => known.get(id) !== finding);
  if (changed.length) output.line(`${localTime(at)}${before ? ' has changed' : ''}`);
  for (const result of changed) for (const line of resultLines(output, result)) output.line(line);
}

interface List {
  show(report: ProbeReport): void;
  end(): void;
}

async function examine(
  options: DoctorOptions,
  signal: AbortSignal,
  listFor: (chosen: readonly Probe[]) => List | undefined,
): Promise<{ verdict: Verdict; results: NamedResult[] }> {
  const { probes, runProbes, worst } = await import('../health/index.ts');
  const context = chosenCameras(await contextFor(options), options.only);
  const chosen = chosenFrom(probes, options.only).filter((probe) => probe.applies(context));
  const list = listFor(chosen);
  const reports = await runProbes(chosen, context, { signal, ...(list && { onReport: list.show }) });
  list?.end();
  const results = reports.flatMap(({ probe, results, ms }) =>
    results.map((result) => ({ probe: probe.id, ms, ...result })),
  );
  return { verdict: worst(results.map((result) => result.verdict)), results };
}

/** What the probes may know: as much of configuration and agent as there is. */
async function contextFor({ config: file, thorough, timeServer }: DoctorOptions): Promise<ProbeContext> {
  const { configPath } = await import('../config/index.ts');
  const wish = {
    configFile: configPath(file),
    ...(thorough && { thorough }),
    ...(timeServer !== undefined && { timeServer }),
  };
  try {
    const { config, api } = await findAgent(file);
    // An agent that answers and then does not is the agent probe's to tell.
    let agentForbidden = false;
    const agent = await api?.status().catch((error) => {
      agentForbidden = codeOf(error) === 'api.forbidden';
      return undefined;
    });
    return { ...wish, config, agent, agentForbidden };
  } catch (error) {
    if (!(error instanceof AnprError) || !/^(config|api)\./.test(codeOf(error))) throw error;
    return { ...wish, config: undefined, agent: undefined };
  }
}

const ONE_CAMERA = 'camera/';

function chosenFrom(probes: readonly Probe[], only: readonly string[] | undefined): Probe[] {
  if (!only) return [...probes];
  const known = new Set(probes.flatMap(({ id, group }) => [id, group]));
  for (const name of only)
    if (!known.has(name) && !name.startsWith(ONE_CAMERA)) {
      const meant = nearest(name, [...known]);
      const groups = [...new Set(probes.map(({ group }) => group))];
      throw new AnprError(
        'usage.probe',
        `there is no probe "${name}"${meant ? `; did you mean ${meant}?` : ''}`,
        `There are: ${probes.map(({ id }) => id).join(', ')}; and the groups ${groups.join(', ')}.`,
      );
    }
  const wanted = new Set(only.map((name) => (name.startsWith(ONE_CAMERA) ? 'camera' : name)));
  return probes.filter(({ id, group }) => wanted.has(id) || wanted.has(group));
}

/** The context with the cameras that `--only camera/ID` leaves. */
function chosenCameras(context: ProbeContext, only: readonly string[] | undefined): ProbeContext {
  const ids = only
    ?.filter((name) => name.startsWith(ONE_CAMERA))
    .map((name) => name.slice(ONE_CAMERA.length));
  const { config } = context;
  if (!ids?.length) return context;
  const all = config?.cameras.map(({ id }) => id) ?? [];
  const unknown = ids.find((id) => !all.includes(id));
  if (unknown !== undefined) {
    const meant = nearest(unknown, all);
    throw new AnprError(
      'usage.camera',
      `there is no camera "${unknown}" in ${context.configFile}${meant ? `; did you mean ${meant}?` : ''}`,
      all.length ? `There are: ${all.join(', ')}.` : 'Add one with anpr camera add.',
    );
  }
  return {
    ...context,
    config: { ...config!, cameras: config!.cameras.filter(({ id }) => ids.includes(id)) },
  };
}
