// The aiming numbers as a table, with words for what the colours say; a change of the verdict is spoken.

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
    setText(of, newest.of);
    table.hidden = rows.length === 0;
    while (body.rows.length > rows.length) body.deleteRow(-1);
    rows.forEach((row, index) => {
      const line = body.rows[index] ?? emptyRow();
      const wanted = row.wanted.replace('at least', '≥').replace('at most', '≤');
      [row.name, row.now || '–', row.lately || '–', wanted, marked(row.verdict)].forEach((text, cell) => {
        setText(line.cells[cell], text);
      });
      line.cells[3].setAttribute('aria-label', row.wanted);
      line.cells[4].className = `verdict ${row.verdict === null ? '' : row.verdict === 'good' ? 'good' : 'bad'}`;
    });
    setList(advice, newest.advice);
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
      ? bad.map(({ name, verdict, wanted, now, lately }) => `${name} ${verdict}: ${now || lately}, wanted ${wanted}`)
      : ['All aiming numbers are good'];
    const key = bad.map(({ name, verdict }) => name + verdict).join();
    if (key === spoken || Date.now() - spokenAt < SPEAK_EVERY_MS) return;
    spoken = key;
    spokenAt = Date.now();
    speak(`${words.join('. ')}. ${advised.join('. ')}`);
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
    const shown = pairs.flatMap(([label, text]) => {
      const [term, detail] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = label;
      detail.textContent = text;
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

const marked = (verdict) => (verdict === null ? '–' : verdict === 'good' ? '✓ good' : `✗ ${verdict}`);

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
    bar.setAttribute('aria-label', `${share} percent`);
    bar.style.setProperty('--share', `${Math.round((38 * share) / most)}px`);
  });
}
