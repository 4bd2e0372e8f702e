// One hit as it is shown: a line of the list, and the whole of it. Everything that came from elsewhere is text, never HTML.

import { decimal, hasWord, language, say } from './words.js';

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
  priority.setAttribute('aria-label', say('priorityOf', hit));
  priority.setAttribute('role', 'img');
  const about = [reasonOf(hit), `${hit.site}/${hit.box} ${hit.camera}`, timeOf(hit.read.capturedAt)];
  button.append(
    priority,
    made('span', 'text', hit.plate || '–'),
    made('span', 'standing', hit.early && hit.state === 'new' ? say('state.inSight') : standingOf(hit)),
    made('span', 'about', about.filter(Boolean).join(' · ')),
  );
  return button;
}

/** What is said of a new one. */
export const wordsOf = ({ priority, plate, site, box, camera, match }) =>
  say('spoken.new', {
    ...{ priority, camera, plate: [...plate].join(' '), place: `${site}/${box}` },
    ...{ reason: reasonOf({ match }), instruction: match.instruction ?? '' },
  });

/** A later gateway may know states, events and directions that this page does not. */
const wordOf = (kind, word) => (hasWord(`${kind}.${word}`) ? say(`${kind}.${word}`) : word);
export const standingOf = ({ state }) => wordOf('state', state);

/** Fills the part of the page that shows the whole hit. */
export function showHit($, hit, onLarger) {
  const { match, read } = hit;
  $('open').hidden = false;
  $('plate').replaceChildren(
    made('span', 'text', hit.plate || '–'),
    made('span', '', [countryOf(hit), say('priority', hit), standingOf(hit)].filter(Boolean).join(' · ')),
  );
  const { lane, direction } = read.passage;
  const where = [
    ...[`${hit.site}/${hit.box}`, say('camera', hit), lane !== null && say('lane', { lane })],
    ...[known(direction) && wordOf('direction', direction), timeOf(read.capturedAt)],
  ];
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
  const listed = entry ? [entry.plate, entry.reference && say('fact.reference', entry)] : [say('fact.noEntry')];
  const probability = percent(match.probability);
  return [
    [say('fact.reason'), match.reason],
    [say('fact.listedAs'), listed.filter(Boolean).join(', ')],
    [
      say('fact.list'),
      say('fact.version', { list: list.id, version: list.version }) + (match.source ? say('fact.source', match) : ''),
    ],
    [
      say('fact.probability'),
      threshold === null ? probability : say('fact.wanted', { percent: probability, wanted: percent(threshold) }),
    ],
    [
      say('fact.read'),
      say('fact.sure', { percent: percent(read.plate.confidence) }) +
        (similar.length ? say('fact.else', { texts: similar.join(', ') }) : ''),
    ],
    [say('fact.foundBy'), say(`fact.${hit.origin}`)],
    ...others.map(({ origin, from, state, match }) => [
      say(origin === 'edge' ? 'fact.edgeSays' : 'fact.centreSays'),
      [match && percent(match.probability), match?.reason, match && say('fact.inList', { list: match.list.id }), state !== 'new' && standingOf({ state }), from]
        .filter(Boolean)
        .join(', '),
    ]),
    [say('fact.position'), read.position && `${read.position.latitude.toFixed(5)}, ${read.position.longitude.toFixed(5)}`],
    [
      say('fact.reminders'),
      hit.reminders > 0 && say(hit.reminders === 1 ? 'fact.remindersOnce' : 'fact.remindersMany', { count: hit.reminders }),
    ],
  ].filter(([, text]) => text);
}

function warningsOf(hit) {
  const minutes = Math.round(hit.aheadMs / 60_000);
  const ahead = minutes > 0 ? `${minutes} min` : `${Math.round(hit.aheadMs / 1000)} s`;
  return [
    hit.early && hit.state === 'new' && say('warning.early'),
    [hit, ...hit.others].some(({ match }) => match?.list.overdue) && say('warning.overdue'),
    hit.aheadMs > 0 && say('warning.ahead', { time: ahead }),
    hit.online === false && say('warning.offline'),
    hit.waiting > 0 && say('warning.waiting'),
    ...hit.refused.map((text) => say('warning.refused', { text })),
  ].filter(Boolean);
}

function setPictures(into, hit, onLarger) {
  const key = JSON.stringify([hit.id, hit.pictures, hit.pictureState]);
  if (into.dataset.key === key) return;
  into.dataset.key = key;
  into.replaceChildren(
    ...['plate', 'overview'].map((kind) => {
      const picture = hit.pictures.find((each) => each.kind === kind);
      if (!picture) return made('p', '', say(kind === 'plate' ? 'picture.noPlate' : 'picture.noOverview'));
      if (!picture.here)
        return made('p', '', say(hit.pictureState === 'gone' ? 'picture.gone' : 'picture.coming'));
      const button = document.createElement('button');
      button.type = 'button';
      const name = say(`picture.${kind}`, hit);
      button.setAttribute('aria-label', say('picture.larger', { name }));
      const image = document.createElement('img');
      image.alt = '';
      image.src = `/picture?sha256=${picture.sha256}`;
      image.addEventListener('error', () => button.replaceWith(made('p', '', say('picture.broken'))));
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
  const box = /^kept by (.+)$/.exec(via)?.[1];
  const how = box ? say('kept', { box }) : via;
  const who = [by, via === 'here' ? '' : `(${how})`].filter(Boolean).join(' ');
  const what = wordOf(hasWord(`event.${event}`) ? 'event' : 'state', event);
  item.append(time, [what, who && `· ${who}`, note && `· ${note}`].filter(Boolean).join(' '));
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
  return `${digits ? decimal(Math.min(99.99, value).toFixed(digits)) : Math.round(value)} %`;
}

function timeOf(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString(language, { hourCycle: 'h23' });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString(language)} ${time}`;
}

function made(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
