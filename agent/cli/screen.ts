// A screen that is drawn again and again, for commands that go on until somebody ends them: q, Escape or Ctrl-C on a
// terminal, a signal elsewhere. It gives the terminal back as it found it, the last picture left on it.

import type { ReadStream } from 'node:tty';
import type { Output } from './output.ts';

const ALTERNATE_ON = '\u001b[?1049h\u001b[?25l';
const ALTERNATE_OFF = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export interface Screen {
  /** aborts when somebody wants to end it */
  readonly ended: AbortSignal;
  /** lines that fit below each other; the last one is left free */
  readonly rows: number;
  /** Shows these lines from the top, as many as fit. Without a terminal nothing is shown: print what changes instead. */
  draw(lines: readonly string[]): void;
  close(): void;
}

interface Terminal {
  rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** @param onResize the terminal has another size now: draw again */
export function openScreen(
  output: Output,
  onResize: () => void = () => {},
  input: ReadStream = process.stdin,
  terminal: Terminal = process.stdout,
): Screen {
  const ending = new AbortController();
  const end = () => ending.abort();
  const onKey = (key: Buffer) => {
    // Escape alone; with more behind it, it is an arrow or another special key
    if (['q', 'Q', '\u0003', '\u001b'].includes(key.toString('latin1'))) end();
  };
  const keys = output.live && input.isTTY === true;
  let last: readonly string[] = [];
  process.on('SIGINT', end).on('SIGTERM', end);
  if (keys) {
    input.setRawMode(true);
    input.on('data', onKey).resume();
  }
  if (output.live) {
    output.raw(ALTERNATE_ON);
    terminal.on('resize', onResize);
  }
  return {
    ended: ending.signal,
    get rows() {
      return Math.max(5, (terminal.rows || 24) - 1);
    },
    draw(lines) {
      if (!output.live) return;
      last = lines;
      const shown = lines.slice(0, this.rows).map((line) => `${line}${CLEAR_LINE}\n`);
      output.raw(`${HOME}${shown.join('')}${CLEAR_BELOW}`);
    },
    close() {
      process.off('SIGINT', end).off('SIGTERM', end);
      if (keys) {
        input.off('data', onKey).pause();
        input.setRawMode(false);
      }
      if (!output.live) return;
      terminal.off('resize', onResize);
      output.raw(ALTERNATE_OFF);
      for (const line of last) output.line(line);
    },
  };
}
