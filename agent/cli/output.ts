// How commands speak: text and tables for people on stdout, JSON for programs, errors on stderr. Colours only on a
// terminal, never with NO_COLOR (https://no-color.org).

import { type Cell, fixedRow, printable, type Style, tableLines, wrap } from './table.ts';

const CODES: Record<Style, [open: number, close: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

const DEFAULT_WIDTH = 80;

export interface Output {
  /** characters of a line: the terminal's, else 80 */
  readonly width: number;
  /** stdout is a terminal whose lines can be drawn again */
  readonly live: boolean;
  line(text?: string): void;
  table(head: readonly string[], rows: readonly (readonly Cell[])[]): void;
  /** a label and its text, wrapped beside it; the text may come from outside */
  field(label: string, text: string, style?: Style): void;
  /** one row of a table with fixed columns */
  row(widths: readonly number[], cells: readonly Cell[]): void;
  /** one JSON document, for people to look at too */
  json(value: unknown): void;
  /** one line of JSON Lines */
  jsonLine(value: unknown): void;
  paint(style: Style, text: string): string;
  /** text from outside, without control characters */
  plain(text: string): string;
  /** text as it is, for redrawing */
  raw(text: string): void;
}

interface Stream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export function createOutput(stream: Stream = process.stdout, environment = process.env): Output {
  const terminal = stream.isTTY === true && environment.TERM !== 'dumb';
  const coloured = terminal && !environment.NO_COLOR;
  const paint = (style: Style, text: string) => {
    const [open, close] = CODES[style];
    return coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  };
  const line = (text = '') => {
    stream.write(`${text}\n`);
  };
  return {
    get width() {
      return stream.columns || DEFAULT_WIDTH;
    },
    live: terminal,
    line,
    table(head, rows) {
      for (const text of tableLines(head, rows, { width: this.width, paint })) line(text);
    },
    field(label, text, style) {
      const lines = wrap(printable(text), this.width - label.length);
      lines.forEach((each, index) => {
        line((index === 0 ? label : ' '.repeat(label.length)) + (style ? paint(style, each) : each));
      });
    },
    row(widths, cells) {
      for (const text of fixedRow(widths, cells, paint)) line(text);
    },
    json: (value) => line(JSON.stringify(value, null, 2)),
    jsonLine: (value) => line(JSON.stringify(value)),
    paint,
    plain: printable,
    raw: (text) => {
      stream.write(text);
    },
  };
}
