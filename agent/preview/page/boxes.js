// Boxes and texts over the picture, each on the very picture that it was found in: the video's own picture numbers say
// which one is shown.

/** A car that waits is looked at twice a second: its box stays until the next look. */
const STAYS_PICTURES = 9;
const KEPT_LOOKS = 64;
/** looks become rarer when the box is busy */
const BETWEEN_LOOKS = 3;
const SVG = 'http://www.w3.org/2000/svg';

/** @param svg covers the picture */
export function createBoxes(svg) {
  let looks = [];
  let isShown = true;
  let shownPicture = -1;

  function draw() {
    const look = looks.findLast(({ picture }) => picture <= shownPicture);
    const isFresh = look && shownPicture - look.picture <= STAYS_PICTURES;
    svg.replaceChildren(...(isShown && isFresh ? look.plates.flatMap((plate) => shapesOf(plate, look)) : []));
    return isFresh ? look : undefined;
  }

  function shapesOf({ corners, text }, { width, height }) {
    // on the full screen the picture has bars at two of its sides
    const scale = Math.min(svg.clientWidth / width, svg.clientHeight / height);
    const left0 = (svg.clientWidth - width * scale) / 2;
    const top0 = (svg.clientHeight - height * scale) / 2;
    const points = corners.map(([x, y]) => [left0 + x * scale, top0 + y * scale]);
    const outline = points.map((point) => point.map((length) => length.toFixed(1)).join(',')).join(' ');
    const shapes = [
      element('polygon', { class: 'box-under', points: outline }),
      element('polygon', { class: 'box', points: outline }),
    ];
    if (text === '') return shapes;
    const size = svg.clientWidth < 500 ? 13 : 15;
    const tagWidth = text.length * size * 0.67 + 12;
    const tagHeight = size + 9;
    const left = Math.max(0, Math.min(svg.clientWidth - tagWidth, Math.min(...points.map(([x]) => x)) - 2));
    const top = Math.min(...points.map(([, y]) => y)) - tagHeight - 4;
    const under = Math.max(...points.map(([, y]) => y)) + 4;
    const y = top >= 0 ? top : under;
    const label = element('text', { class: 'tag-text', x: left + 6, y: y + size + 2 });
    label.textContent = text;
    return [...shapes, element('rect', { class: 'tag', x: left, y, width: tagWidth, height: tagHeight, rx: 3 }), label];
  }

  return {
    /** What was found in a picture that may not be shown yet. */
    add(look) {
      if (look.picture === null || look.plates === null) return;
      // another stream counts from 0 again
      if (looks.length && look.picture < looks.at(-1).picture) looks = [];
      looks = [...looks.slice(1 - KEPT_LOOKS), look];
    },
    /**
     * Whether a picture is to be drawn. While something moves, one between two looks would have its boxes where the plates were
     * before.
     */
    isWorth(number) {
      const last = looks.findLast(({ picture }) => picture <= number);
      return last === undefined || last.picture === number || number - last.picture > BETWEEN_LOOKS;
    },
    /** Picture `number` is shown now. Returns the look whose boxes belong to it. */
    show(number) {
      shownPicture = number;
      return draw();
    },
    restart() {
      looks = [];
      shownPicture = -1;
      draw();
    },
    toggle(on) {
      isShown = on;
      draw();
    },
    draw,
  };
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
