// The recording of an acceptance test on the screen: what comes in, how long it still takes, and a key for each vehicle that
// somebody at the road counts.

import type { ApiClient } from '../api/index.ts';
import type { Acceptance, Progress, Session } from '../commission/index.ts';
import { countText } from '../shared/quantities.ts';
import { onKeys } from './keys-pressed.ts';
import type { Output } from './output.ts';
import { openScreen } from './screen.ts';
import { wrap } from './table.ts';
import { durationText } from './times.ts';

export interface RecordingLimits {
  ms: number;
  passages: number;
}

/** @returns finished: over, or the technician ended it; left: to be gone on with later */
export async function recordLive(
  session: Session,
  api: ApiClient,
  limits: RecordingLimits,
  output: Output,
  acceptance: Acceptance,
): Promise<'finished' | 'left'> {
  const { record } = await import('../commission/index.ts');
  const finishing = new AbortController();
  const { state } = session;
  let last: Progress | undefined;
  const draw = () => last && screen.draw(recordingLines(output, state.camera, last, limits, acceptance));
  const screen = openScreen(output, draw);
  const stopKeys = output.live
    ? onKeys((key) => {
        if (key === ' ') state.tally++;
        else if (key === 'backspace') state.tally = Math.max(0, state.tally - 1);
        else if (key === 'f' || key === 'F') finishing.abort();
        if (last) last = { ...last, tally: state.tally };
        draw();
      })
    : undefined;
  let saidAt = 0;
  try {
    await record({
      session,
      api,
      limits,
      signal: AbortSignal.any([finishing.signal, screen.ended]),
      onProgress(progress) {
        const isNews = progress.state?.state !== last?.state?.state || progress.problem !== last?.problem;
        last = progress;
        if (output.live) draw();
        else if (isNews || Date.now() - saidAt > 60_000) {
          saidAt = Date.now();
          output.line(plainLine(progress, limits));
        }
      },
    });
  } finally {
    stopKeys?.();
    screen.close();
  }
  return screen.ended.aborted ? 'left' : 'finished';
}

const BAR = 30;

function recordingLines(
  output: Pick<Output, 'width' | 'paint'>,
  camera: string,
  progress: Progress,
  limits: RecordingLimits,
  { standard }: Acceptance,
): string[] {
  const { width, paint } = output;
  const done = Math.min(1, Math.max(progress.elapsedMs / limits.ms, progress.reads / limits.passages));
  const filled = Math.round(done * Math.min(BAR, width - 10));
  const bar = `${'█'.repeat(filled)}${'░'.repeat(Math.min(BAR, width - 10) - filled)} ${Math.round(100 * done)} %`;
  const { state } = progress;
  const lines = [
    paint('bold', `Acceptance test of ${camera}`),
    ...wrap(`standard: ${standard.name}`, width).map((line) => paint('dim', line)),
    '',
    bar,
    '',
    `time       ${durationText(progress.elapsedMs)} of ${durationText(limits.ms)}`,
    `reads      ${progress.reads} of ${limits.passages} at most`,
    `delivered  ${progress.sent}`,
    `counted    ${progress.tally}`,
    '',
  ];
  if (state && state.state !== 'streaming')
    lines.push(
      ...wrap(`Camera ${state.state}${state.reason ? `: ${state.reason}` : ''}.`, width).map((line) =>
        paint('red', line),
      ),
      '',
    );
  if (progress.problem)
    lines.push(
      ...wrap(`${progress.problem}. The recording goes on.`, width).map((line) => paint('red', line)),
      '',
    );
  for (const text of [
    'Space   a vehicle passes: press it for each, and the share captured rests on your own count (Backspace takes one back)',
    'f       finish now and check the plates',
    'q       stop; the same command goes on where it was',
  ])
    lines.push(...wrap(text, width).map((line) => paint('dim', line)));
  return lines;
}

function plainLine({ elapsedMs, reads, sent, state, problem }: Progress, limits: RecordingLimits): string {
  const how = state && state.state !== 'streaming' ? `; camera ${state.state}: ${state.reason ?? ''}` : '';
  return `${durationText(elapsedMs)} of ${durationText(limits.ms)}, ${countText(reads, 'read')}, ${sent} delivered${how}${problem ? `; ${problem}` : ''}`;
}
