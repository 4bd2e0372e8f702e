// How the doctor's findings look: one result below the other, what was measured beside its verdict, and while probes
// are at work a last line that says which.

import type { Probe, ProbeReport, ProbeResult, Verdict } from '../health/index.ts';
import type { Output } from './output.ts';
import { type Style, wrap } from './table.ts';

const STYLES: Record<Verdict, Style> = { ok: 'green', warn: 'yellow', fail: 'red' };
const VERDICT_WIDTH = 6;
const NAME_WIDTH = 18;
const TICK_MS = 200;

/** Results stay as they come; below them one line changes: who is still at work. */
export function liveList(output: Output, chosen: readonly Probe[]) {
  const waiting = new Map(chosen.map(({ id, title }) => [id, title]));
  const started = Date.now();
  const clear = () => {
    if (output.live) output.raw('\r\u001b[K');
  };
  const draw = () => {
    if (!output.live || waiting.size === 0) return;
    const seconds = Math.round((Date.now() - started) / 1000);
    const head = `… ${seconds} s, ${waiting.size} to go: `;
    const text = `${head}${[...waiting.values()].join(', ')}`;
    const fitting = text.length < output.width ? text : `${text.slice(0, output.width - 2)}…`;
    output.raw(`\r\u001b[K${output.paint('dim', fitting)}`);
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

export function summary(output: Output, results: readonly ProbeResult[]): string {
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length;
  const parts = [`${count('ok')} ok`];
  if (count('warn')) parts.push(output.paint('yellow', `${count('warn')} to look at`));
  if (count('fail')) parts.push(output.paint('red', `${count('fail')} failed`));
  return parts.join(', ');
}

/** All results on one screen of `rows` lines: what is bad in full, then what is good, as much as fits. */
export function screenLines(
  output: Output,
  results: readonly ProbeResult[],
  rows: number,
  foot: string,
): string[] {
  const bad = results.filter(({ verdict }) => verdict !== 'ok').sort((a, b) => rank(a) - rank(b));
  const good = results.filter(({ verdict }) => verdict === 'ok');
  const lines = bad.flatMap((result) => resultLines(output, result));
  const room = rows - 2;
  const names = good.map(({ id }) => id).join(', ');
  const goodLines = good.flatMap((result) => resultLines(output, result));
  if (lines.length + goodLines.length <= room) lines.push(...goodLines);
  else if (good.length)
    lines.push(
      ...wrap(`${output.plain(names)}`, output.width - VERDICT_WIDTH).map((line, index) =>
        index === 0 ? `${output.paint('green', 'ok')}    ${line}` : ' '.repeat(VERDICT_WIDTH) + line,
      ),
    );
  const shown = lines.length > room ? [...lines.slice(0, room - 1), '…'] : lines;
  return [...shown, '', `${summary(output, results)}  ${output.paint('dim', foot)}`];
}

const rank = ({ verdict }: ProbeResult) => (verdict === 'fail' ? 0 : 1);
