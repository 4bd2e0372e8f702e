// The last reads with their pictures; a click or Enter shows the whole picture.

import { language, say } from './words.js';

const SHOWN = 8;

export function createReads({ list, none, dialog, title, picture, text, close, speak }) {
  let reads = [];

  function draw() {
    none.hidden = reads.length > 0;
    const there = new Map([...list.children].map((item) => [item.dataset.id, item]));
    list.replaceChildren(...reads.map((read) => there.get(read.id) ?? itemOf(read)));
  }

  function itemOf(read) {
    const item = document.createElement('li');
    item.dataset.id = read.id;
    item.append(pictureOf(read), aboutOf(read));
    return item;
  }

  function pictureOf(read) {
    const kind = read.pictures.includes('plate') ? 'plate' : read.pictures[0];
    if (kind === undefined) return withClass('p', 'no-picture', say('reads.noPicture'));
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-label', say('reads.larger', { text: read.text }));
    const image = document.createElement('img');
    image.alt = '';
    image.addEventListener('error', () => button.replaceWith(withClass('p', 'no-picture', say('reads.noPicture'))));
    image.fetchPriority = 'low';
    image.src = addressOf(read, kind);
    button.append(image);
    button.addEventListener('click', () => open(read));
    return button;
  }

  function open(read) {
    const kind = read.pictures.includes('overview') ? 'overview' : 'plate';
    title.textContent = read.text;
    picture.alt = say(`reads.${kind}`, { text: read.text });
    picture.src = addressOf(read, kind);
    text.textContent = [...sureOf(read), ...whenOf(read)].join(' · ');
    dialog.showModal();
  }

  close.addEventListener('click', () => dialog.close());

  return {
    set(all) {
      reads = all;
      draw();
    },
    add(read) {
      if (reads.some(({ id }) => id === read.id)) return;
      reads = [read, ...reads].slice(0, SHOWN);
      draw();
      speak(say('reads.spoken', { text: [...read.text].join(' '), sure: sureOf(read).join(', ') }));
    },
  };
}

function aboutOf(read) {
  const about = withClass('div', 'about', '');
  about.append(
    withClass('p', 'plate', read.text || '–'),
    withClass('p', 'detail', sureOf(read).join(' · ')),
    withClass('p', 'detail', whenOf(read).join(' · ')),
  );
  return about;
}

function sureOf({ country, confidence, uncertain }) {
  const known = country && country !== 'unknown' ? [country] : [];
  return [...known, say(uncertain ? 'reads.doubtful' : 'reads.sure', { percent: Math.round(100 * confidence) })];
}

function whenOf({ direction, at }) {
  const way = direction && direction !== 'unknown' ? [say(`reads.${direction}`)] : [];
  return [...way, new Date(at).toLocaleTimeString(language, { hourCycle: 'h23' })];
}

const addressOf = ({ id }, kind) => `/picture?${new URLSearchParams({ id, kind })}`;

function withClass(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
