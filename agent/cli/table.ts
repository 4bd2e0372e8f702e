// Tables that fit the terminal: columns as wide as their content, the widest ones wrapped when the line is too short.
// Pure text in, pure text out; what came from outside cannot move the cursor.

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

export type Cell = string | { text: string; style: Style };

export interface TableOptions {
  /** characters a line may have */
  width: number;
  /** puts a style on a text; without it cells stay plain */
  paint?: (style: Style, text: string) => string;
}

const GAP = '  ';
const MIN_COLUMN = 6;

/** Lines of a table with a head; no line is longer than `width` as long as each column can have six characters. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): string[] {
  const paint = options.paint ?? ((_style, text) => text);
  const cells = rows.map((row) => head.map((_, column) => cellOf(row[column] ?? '')));
  const widths = fitted(
    head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.text.length))),
    options.width,
  );
  const titles = head.map((text) => ({ text, style: 'bold' as Style }));
  return [titles, ...cells].flatMap((row) => rowLines(row, widths, paint));
}

/** One row of a table whose columns are fixed, for rows that come one by one. */
export function fixedRow(
  widths: readonly number[],
  row: readonly Cell[],
  paint: TableOptions['paint'],
): string[] {
  return rowLines(row.map(cellOf), widths, paint ?? ((_style, text) => text));
}

function cellOf(cell: Cell): { text: string; style?: Style } {
  return typeof cell === 'string' ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };
}

/** Takes from the widest column until all fit. */
function fitted(natural: number[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= MIN_COLUMN) break;
    widths[widest]! -= 1;
    excess -= 1;
  }
  return widths;
}

function rowLines(
  row: readonly { text: string; style?: Style }[],
  widths: readonly number[],
  paint: (style: Style, text: string) => string,
): string[] {
  const wrapped = row.map(({ text }, column) => wrap(text, widths[column]!));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    row
      .map(({ style }, column) => {
        const text = wrapped[column]![line] ?? '';
        const padding = column < row.length - 1 ? ' '.repeat(widths[column]! - text.length) : '';
        return (style && text ? paint(style, text) : text) + padding;
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Lines of at most `width` characters, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const cut = space > 0 ? space : width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  lines.push(rest);
  return lines;
}

/** The text without control characters: what a camera or a broker says must not drive the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this takes out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
