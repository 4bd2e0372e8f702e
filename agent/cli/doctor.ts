// `anpr doctor`: every probe side by side, each ending ok, warn or fail with what was measured and what to do. It needs
// neither a running agent nor a configuration: it looks at what makes sense without.

import type { Command } from 'commander';
import type { Probe, ProbeContext, ProbeReport, ProbeResult, Verdict } from '../health/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { nearest } from '../shared/nearest.ts';
import { findAgent } from './connection.ts';
import { exitCodes } from './exit-codes.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { type Style, wrap } from './table.ts';

interface DoctorOptions {
  config?: string;
  only?: string[];
  json?: true;
}

const STYLES: Record<Verdict, Style> = { ok: 'green', warn: 'yellow', fail: 'red' };
const VERDICT_WIDTH = 6;
const NAME_WIDTH = 18;
const TICK_MS = 200;

export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('find out why: test this box, its cameras, its models, its journal and its broker')
    .option('--only <name...>', 'only these probes, like camera or broker')
    .addOption(jsonOption('print one JSON document'))
    .addOption(configOption())
    .action(consult);
  example(command, 'anpr doctor', 'anpr doctor --only camera broker', 'anpr doctor --json > report.json');
}

async function consult(options: DoctorOptions): Promise<void> {
  const { probes, runProbes, worst } = await import('../health/index.ts');
  const context = await contextFor(options.config);
  const chosen = chosenFrom(probes, options.only).filter((probe) => probe.applies(context));
  const output = createOutput();
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const list = options.json ? undefined : liveList(output, chosen);
  const reports = await runProbes(chosen, context, {
    signal: abort.signal,
    ...(list && { onReport: list.show }),
  });
  list?.end();
  process.off('SIGINT', stop).off('SIGTERM', stop);

  const results = reports.flatMap(({ probe, results, ms }) =>
    results.map((result) => ({ probe: probe.id, ms, ...result })),
  );
  const verdict = worst(results.map((result) => result.verdict));
  if (options.json) output.json({ at: new Date().toISOString(), verdict, results });
  else output.line(summary(output, results));
  if (verdict === 'fail') process.exitCode = exitCodes.failed;
}

/** What the probes may know: as much of configuration and agent as there is. */
async function contextFor(configOption: string | undefined): Promise<ProbeContext> {
  const { configPath } = await import('../config/index.ts');
  const configFile = configPath(configOption);
  try {
    const { config, api } = await findAgent(configOption);
    // An agent that answers and then does not is the agent probe's to tell.
    const agent = await api?.status().catch(() => undefined);
    return { configFile, config, agent };
  } catch (error) {
    if (!(error instanceof AnprError) || !/^(config|api)\./.test(codeOf(error))) throw error;
    return { configFile, config: undefined, agent: undefined };
  }
}

function chosenFrom(probes: readonly Probe[], only: readonly string[] | undefined): Probe[] {
  if (!only) return [...probes];
  const ids = probes.map(({ id }) => id);
  for (const name of only)
    if (!ids.includes(name)) {
      const meant = nearest(name, ids);
      throw new AnprError(
        'usage.probe',
        `there is no probe "${name}"${meant ? `; did you mean ${meant}?` : ''}`,
        `There are: ${ids.join(', ')}.`,
      );
    }
  return probes.filter(({ id }) => only.includes(id));
}

/** Results stay as they come; below them one line changes: who is still at work. */
function liveList(output: Output, chosen: readonly Probe[]) {
  const waiting = new Map(chosen.map(({ id, title }) => [id, title]));
  const started = Date.now();
  const clear = () => {
    if (output.live) output.raw('\r\u001b[K');
  };
  const draw = () => {
    if (!output.live || waiting.size === 0) return;
    const seconds = Math.round((Date.now() - started) / 1000);
    const text = `… ${[...waiting.values()].join(', ')} (${seconds} s)`;
    output.raw(`\r\u001b[K${output.paint('dim', text.slice(0, output.width - 1))}`);
  };
  const timer = output.live ? setInterval(draw, TICK_MS) : undefined;
  draw();
  return {
    show({ probe, results }: ProbeReport) {
      clear();
      waiting.delete(probe.id);
      for (const result of results) for (const line of resultLines(output, result)) output.line(line);
      draw();
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}

export function resultLines(output: Output, { id, verdict, measured, advice }: ProbeResult): string[] {
  const indent = VERDICT_WIDTH + NAME_WIDTH;
  const width = Math.max(20, output.width - indent);
  const [first, ...more] = wrap(output.plain(measured), width);
  const name = output.plain(id);
  const head = `${output.paint(STYLES[verdict], verdict)}${' '.repeat(VERDICT_WIDTH - verdict.length)}${name.padEnd(NAME_WIDTH)}`;
  const lines = name.length < NAME_WIDTH ? [head + first] : [head, ' '.repeat(indent) + first];
  for (const line of more) lines.push(' '.repeat(indent) + line);
  if (advice)
    wrap(`→ ${output.plain(advice)}`, width - 2).forEach((line, index) => {
      lines.push(' '.repeat(indent) + (index === 0 ? line : `  ${line}`));
    });
  return lines;
}

function summary(output: Output, results: readonly ProbeResult[]): string {
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length;
  const parts = [`${count('ok')} ok`];
  if (count('warn')) parts.push(output.paint('yellow', `${count('warn')} to look at`));
  if (count('fail')) parts.push(output.paint('red', `${count('fail')} failed`));
  return parts.join(', ');
}
