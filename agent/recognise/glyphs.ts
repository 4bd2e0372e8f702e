// Letters for annotated pictures, as SVG paths: a box in the field has no fonts installed, and without one an SVG
// text draws nothing at all. The classic 5x7 dot matrix; a column is a number, its lowest bit the uppermost dot.

const COLUMNS: Record<string, string> = {
  '0': '3E5149453E',
  '1': '00427F4000',
  '2': '4261514946',
  '3': '2141454B31',
  '4': '1814127F10',
  '5': '2745454539',
  '6': '3C4A494930',
  '7': '0171090503',
  '8': '3649494936',
  '9': '064949291E',
  A: '7E1111117E',
  B: '7F49494936',
  C: '3E41414122',
  D: '7F4141221C',
  E: '7F49494941',
  F: '7F09090901',
  G: '3E4149497A',
  H: '7F0808087F',
  I: '00417F4100',
  J: '2040413F01',
  K: '7F08142241',
  L: '7F40404040',
  M: '7F020C027F',
  N: '7F0408107F',
  O: '3E4141413E',
  P: '7F09090906',
  Q: '3E4151215E',
  R: '7F09192946',
  S: '4649494931',
  T: '01017F0101',
  U: '3F4040403F',
  V: '1F2040201F',
  W: '3F4038403F',
  X: '6314081463',
  Y: '0708700807',
  Z: '6151494543',
  '%': '2313086462',
  '?': '0201510906',
  '-': '0808080808',
  '.': '0060600000',
};

/** A character's width with the gap after it, and its height, in dots. */
export const GLYPH_WIDTH = 6;
export const GLYPH_HEIGHT = 7;

/** The path of a text whose upper left dot is at x, y; `size` is the side of a dot. Unknown characters are gaps. */
export function glyphPath(text: string, x: number, y: number, size: number): string {
  let path = '';
  [...text].forEach((character, index) => {
    const columns = COLUMNS[character];
    if (!columns) return;
    for (let column = 0; column < 5; column++) {
      const dots = Number.parseInt(columns.slice(2 * column, 2 * column + 2), 16);
      for (let row = 0; row < GLYPH_HEIGHT; row++) {
        if (!((dots >> row) & 1)) continue;
        const left = x + (index * GLYPH_WIDTH + column) * size;
        path += `M${left} ${y + row * size}h${size}v${size}h${-size}z`;
      }
    }
  });
  return path;
}
