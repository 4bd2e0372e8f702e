// One hit as it is shown: a line of the list, and the whole of it. Everything that came from elsewhere is text, never HTML.

const ORIGINS = { edge: 'the box', centre: 'the centre', both: 'the box and the centre' };
/** what is usually done next: its button stands out */
const NEXT = { new: 'acknowledge', acknowledged: 'confirm', confirmed: 'close', rejected: 'close', withdrawn: 'close' };
const SIMILAR = 3;

/** A line of the list. */
export function lineOf(hit, isOpen) {
  const button = document.createElement('button');
  button.type = 'button';
  Object.assign(button.dataset, { id: hit.id, state: hit.state, priority: hit.priority });
  button.setAttribute('aria-current', String(isOpen));
  const priority = made('span', 'priority', String(hit.priority));
  priority.setAttribute('aria-label', `Priority ${hit.priority}:`);
  priority.setAttribute('role', 'img');
  const about = [reasonOf(hit), `${hit.site}/${hit.box} ${hit.camera}`, timeOf(hit.read.capturedAt)];
  button.append(
    priority,
    made('span', 'text', hit.plate || '–'),
    made('span', 'standing', hit.early && hit.state === 'new' ? 'in sight' : hit.state),
    made('span', 'about', about.filter(Boolean).join(' · ')),
  );
  return button;
}

/** What is said of a new one. */
export const wordsOf = (hit) =>
  `New hit, priority ${hit.priority}: ${[...hit.plate].join(' ')}, ${reasonOf(hit)}, at ${hit.site}/${hit.box}, camera ${hit.camera}. ${hit.match.instruction ?? ''}`;

/** Fills the part of the page that shows the whole hit. */
export function showHit($, hit, onLarger) {
  const { match, read } = hit;
  $('open').hidden = false;
  $('plate').replaceChildren(
    made('span', 'text', hit.plate || '–'),
    made('span', '', [countryOf(hit), `priority ${hit.priority}`, hit.state].filter(Boolean).join(' · ')),
  );
  const { lane, direction } = read.passage;
  const where = [`${hit.site}/${hit.box}`, `camera ${hit.camera}`, lane !== null && `lane ${lane}`, known(direction), timeOf(read.capturedAt)];
  $('where').textContent = where.filter(Boolean).join(' · ');
  $('instruction').textContent = match.instruction ?? '';
  setList($('warnings'), warningsOf(hit));
  setPictures($('pictures'), hit, onLarger);
  for (const button of document.querySelectorAll('#open .actions button')) {
    const { action } = button.dataset;
    button.setAttribute('aria-disabled', String(!hit.actions.includes(action)));
    button.classList.toggle('next', NEXT[hit.state] === action);
  }
  setFacts($('facts'), factsOf(hit));
  $('history').replaceChildren(...hit.history.map(stepOf));
}

function factsOf(hit) {
  const { match, read, others } = hit;
  const { list, entry, threshold } = match;
  const similar = read.plate.alternatives.slice(0, SIMILAR).map(({ text, confidence }) => `${text} (${percent(confidence)})`);
  const listed = entry ? [entry.plate, entry.reference && `reference ${entry.reference}`] : ['on no entry of it'];
  return [
    ['Reason', match.reason],
    ['Listed as', listed.filter(Boolean).join(', ')],
    ['List', `${list.id}, version ${list.version}${match.source ? `, of ${match.source}` : ''}`],
    ['Probability', `${percent(match.probability)}${threshold === null ? '' : `, wanted ${percent(threshold)}`}`],
    ['Read', `${percent(read.plate.confidence)} sure${similar.length ? `; else ${similar.join(', ')}` : ''}`],
    ['Found by', ORIGINS[hit.origin]],
    ...others.map(({ origin, from, state, match }) => [
      origin === 'edge' ? 'The box says' : 'The centre says',
      [match && percent(match.probability), match?.reason, match && `list ${match.list.id}`, state !== 'new' && state, from]
        .filter(Boolean)
        .join(', '),
    ]),
    ['Position', read.position && `${read.position.latitude.toFixed(5)}, ${read.position.longitude.toFixed(5)}`],
    ['Sent again', hit.reminders > 0 && `${hit.reminders} times: nobody had acknowledged it`],
  ].filter(([, text]) => text);
}

function warningsOf(hit) {
  const minutes = Math.round(hit.aheadMs / 60_000);
  const ahead = minutes > 0 ? `${minutes} min` : `${Math.round(hit.aheadMs / 1000)} s`;
  return [
    hit.early && hit.state === 'new' && 'It is still in sight: the end of its passage will say whether it holds.',
    [hit, ...hit.others].some(({ match }) => match?.list.overdue) && 'The list is past its best-before.',
    hit.aheadMs > 0 && `The clock of the box is ${ahead} ahead of ours.`,
    hit.online === false && 'The box is offline.',
    hit.waiting > 0 && 'The box has not answered yet; it is told again until it does.',
    ...hit.refused.map((text) => `The box says no: ${text}`),
  ].filter(Boolean);
}

function setPictures(into, hit, onLarger) {
  const key = JSON.stringify([hit.id, hit.pictures, hit.pictureState]);
  if (into.dataset.key === key) return;
  into.dataset.key = key;
  into.replaceChildren(
    ...['plate', 'overview'].map((kind) => {
      const picture = hit.pictures.find((each) => each.kind === kind);
      if (!picture) return made('p', '', `No picture of the ${kind === 'plate' ? 'plate' : 'vehicle'} was made.`);
      if (!picture.here)
        return made('p', '', hit.pictureState === 'gone' ? 'The box has this picture no more.' : 'Its picture is on its way …');
      const button = document.createElement('button');
      button.type = 'button';
      const name = kind === 'plate' ? `Plate ${hit.plate}` : `Vehicle with ${hit.plate}`;
      button.setAttribute('aria-label', `${name}, larger`);
      const image = document.createElement('img');
      image.alt = '';
      image.src = `/picture?sha256=${picture.sha256}`;
      image.addEventListener('error', () => button.replaceWith(made('p', '', 'This picture cannot be shown.')));
      button.append(image);
      button.addEventListener('click', () => onLarger(name, image.src));
      return button;
    }),
  );
}

function stepOf({ at, event, by, via, note }) {
  const item = document.createElement('li');
  const time = made('time', '', timeOf(at));
  time.dateTime = new Date(at).toISOString();
  const who = [by, via === 'here' ? '' : `(${via})`].filter(Boolean).join(' ');
  item.append(time, [event, who && `· ${who}`, note && `· ${note}`].filter(Boolean).join(' '));
  return item;
}

function setFacts(list, facts) {
  list.replaceChildren(...facts.flatMap(([label, text]) => [made('dt', '', label), made('dd', '', text)]));
}

export function setList(list, texts) {
  list.replaceChildren(...texts.map((text) => made('li', '', text)));
}

const reasonOf = ({ match }) => match.reason ?? match.list.id;
const known = (word) => (word === 'unknown' ? undefined : word);
const countryOf = ({ read }) => known(read.plate.country);

/** 99.97 % is not 100 %. */
function percent(share) {
  const value = 100 * share;
  const digits = value > 99 && value < 100 ? 2 : 0;
  return `${digits ? Math.min(99.99, value).toFixed(digits) : Math.round(value)} %`;
}

function timeOf(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString(undefined, { hourCycle: 'h23' });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}

function made(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
