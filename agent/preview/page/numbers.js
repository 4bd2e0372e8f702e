// The aiming numbers as a table, with words for what the colours say; a change of the verdict is spoken.

import { decimal, say } from './words.js';

const DRAW_EVERY_MS = 250;
/** what was said is not to be said over and over while somebody turns the camera */
const SPEAK_EVERY_MS = 6000;

export function createNumbers({ of, advice, table, facts, lanes, columns, lines, speak }) {
  const body = table.tBodies[0];
  let newest;
  let drawing;
  let spoken = '';
  let spokenAt = 0;

  function draw() {
    drawing = undefined;
    const { rows } = newest;
    setText(of, say(`aim.${newest.of}`, { count: newest.count }));
    table.hidden = rows.length === 0;
    while (body.rows.length > rows.length) body.deleteRow(-1);
    rows.forEach((row, index) => {
      const line = body.rows[index] ?? emptyRow();
      const cells = [nameOf(row), row.now || '–', row.lately || '–', signed(row), marked(row.verdict)];
      cells.forEach((text, cell) => {
        setText(line.cells[cell], decimal(text));
      });
      line.cells[3].setAttribute('aria-label', wantedOf(row));
      line.cells[4].className = `verdict ${row.verdict === null ? '' : row.verdict === 'good' ? 'good' : 'bad'}`;
    });
    setList(advice, newest.advice.map(adviceText));
    setFacts(newest.facts);
    lanes.hidden = newest.columns.length === 0;
    setBars(columns, newest.columns);
    setBars(lines, newest.lines);
    speakOf(newest);
  }

  function speakOf({ rows, advice: advised }) {
    if (rows.length === 0) return;
    const bad = rows.filter(({ verdict }) => verdict !== null && verdict !== 'good');
    const words = bad.length
      ? bad.map((row) => {
          const values = { value: row.now || row.lately, verdict: say(`verdicts.${row.verdict}`) };
          return say('aim.spoken', { name: nameOf(row), wanted: wantedOf(row), ...values });
        })
      : [say('aim.allGood')];
    const key = bad.map(({ name, verdict }) => name + verdict).join();
    if (key === spoken || Date.now() - spokenAt < SPEAK_EVERY_MS) return;
    spoken = key;
    spokenAt = Date.now();
    speak(`${words.join('. ')}. ${advised.map(({ is, values }) => say(`advice.${is}`, values)).join('. ')}`);
  }

  function emptyRow() {
    const line = body.insertRow();
    const head = document.createElement('th');
    head.scope = 'row';
    line.append(head);
    for (let cell = 1; cell < 5; cell++) line.insertCell();
    return line;
  }

  function setFacts(pairs) {
    const shown = pairs.flatMap(({ name, text, values }) => {
      const [term, detail] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = say(`facts.${name}`);
      detail.textContent = text === null ? values.number : say(`facts.${text}`, values);
      return [term, detail];
    });
    if (shown.map((each) => each.textContent).join() !== [...facts.children].map((each) => each.textContent).join())
      facts.replaceChildren(...shown);
  }

  return {
    show(aim) {
      newest = aim;
      drawing ??= setTimeout(draw, DRAW_EVERY_MS);
    },
  };
}

const nameOf = ({ name }) => say(`names.${name}`);
const wantedOf = ({ bound, limit }) => say(`aim.${bound}`, { limit });
const signed = ({ bound, limit }) => `${bound === 'least' ? '≥' : '≤'} ${limit}`;
const marked = (verdict) =>
  verdict === null ? '–' : `${verdict === 'good' ? '✓' : '✗'} ${say(`verdicts.${verdict}`)}`;

function adviceText({ asking, is, values }) {
  const numbers = asking.map((each) => `${nameOf(each)} ${decimal(signed(each))}`);
  return `${numbers.join(', ')}: ${say(`advice.${is}`, values)}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setList(list, texts) {
  if ([...list.children].map((item) => item.textContent).join('\n') === texts.join('\n')) return;
  list.replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement('li');
      item.textContent = text.charAt(0).toUpperCase() + text.slice(1);
      return item;
    }),
  );
}

function setBars(list, shares) {
  while (list.children.length > shares.length) list.lastChild.remove();
  while (list.children.length < shares.length) list.append(document.createElement('li'));
  const most = Math.max(1, ...shares);
  shares.forEach((share, index) => {
    const bar = list.children[index];
    setText(bar, share === 0 ? '' : String(share));
    bar.setAttribute('aria-label', say('aim.percent', { share }));
    bar.style.setProperty('--share', `${Math.round((38 * share) / most)}px`);
  });
}
