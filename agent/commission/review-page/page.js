// The review's page: shows the question that the command asks, and sends what was pressed or typed. What a key means the
// command decides.

import { language, say } from './words.js';

const AGAIN_MS = 1000;
/** the terminal's keys; a button names the one that it stands for */
const LABELS = { enter: 'Enter', '-': '-', '+': '+', '.': '.' };

const $ = (id) => document.getElementById(id);
const typed = $('typed');
/** on a phone the keyboard would cover the plate before anybody wants to type */
const hasKeys = !matchMedia('(pointer: coarse)').matches;

let live;
let camera = '';
let question;
let shown = 0;
let isOver = false;

function connect() {
  const own = new WebSocket(`ws://${location.host}/live`);
  live = own;
  own.onmessage = ({ data }) => hear(JSON.parse(data));
  own.onclose = () => {
    if (isOver) return;
    setState('lost', 'bad');
    setTimeout(connect, AGAIN_MS);
  };
}

function hear(event) {
  if (event.type === 'hello') {
    camera = event.camera;
    $('camera').textContent = say('camera', event);
    $('place').textContent = event.place;
    document.title = say('title', event);
  } else if (event.type === 'question') ask(event);
  else if (event.type === 'finished') end('finished', 'good');
  else if (event.type === 'ended') end('ended', 'wait');
}

function setState(key, tone) {
  $('state').textContent = say(`state.${key}`);
  $('state').dataset.tone = tone;
}

function end(how, tone) {
  if (isOver) return;
  isOver = true;
  setState(how, tone);
  $('asked').hidden = true;
  $('over').hidden = false;
  $('over-text').textContent = say(`over.${how}`, { camera });
  $('over-text').focus();
}

function ask(asked) {
  question = asked;
  shown = 0;
  const isRead = asked.kind === 'read';
  setState('open', 'good');
  $('asked').hidden = false;
  $('progress').max = asked.count;
  $('progress').value = asked.at;
  $('of').textContent = say('of', { at: asked.at + 1, count: asked.count });
  $('what').textContent = say(`${asked.kind}.question`);
  $('read-form').hidden = !isRead;
  $('moment-form').hidden = isRead;
  $('second').hidden = !isRead;
  $('as').hidden = !isRead;
  $('keys').textContent = say(`${asked.kind}.keys`);
  $('pictures').classList.toggle('one', !isRead);
  $('read').textContent = isRead ? asked.text : '';
  $('given').textContent = asked.given ? say('given', { answer: givenText(asked) }) : '';
  $('back').disabled = asked.at === 0;
  typed.value = '';
  named();
  showPictures();
  if (isRead) {
    const percent = (100 * asked.confidence).toFixed(1);
    $('detail').textContent = say('read.detail', { percent, width: asked.widthPx, time: timeOf(asked.capturedAt) });
  } else showMoment();
  const spelt = isRead ? say('read.spoken', { text: [...asked.text].join(' ') }) : $('detail').textContent;
  $('spoken').textContent = `${$('of').textContent}. ${$('what').textContent} ${spelt}`;
  if (hasKeys) (isRead ? typed : $('what')).focus({ preventScroll: true });
}

function givenText({ kind, given }) {
  if (kind === 'moment') return given.missed === null ? say('moment.unknown') : String(given.missed);
  const key = { right: 'right', 'no-plate': 'noPlate', again: 'again', unreadable: 'unreadable' }[given.kind];
  return key ? say(`read.${key}`) : given.text;
}

function showMoment() {
  const { from, to, near, pictures } = question;
  const reads = near.map(({ text, offsetMs }) => {
    const key = offsetMs === 0 ? 'meanwhile' : offsetMs < 0 ? 'before' : 'after';
    return say(`moment.${key}`, { text, seconds: (Math.abs(offsetMs) / 1000).toFixed(1) });
  });
  const time = say('moment.detail', { time: timeOf(from), seconds: ((to - from) / 1000).toFixed(1) });
  const which = say('moment.picture', { at: shown + 1, count: pictures });
  const nearby = say('moment.near', { reads: reads.join(', ') || say('moment.nothing') });
  $('detail').textContent = `${time} ${which} ${nearby}`;
  $('next-picture').hidden = pictures < 2;
}

function showPictures() {
  const of = (kind) => `/picture?${new URLSearchParams({ id: question.id, kind })}`;
  if (question.kind === 'read') {
    setPicture($('plate'), of('plate'), say('read.plate', { text: question.text }));
    setPicture($('overview'), of('overview'), say('read.overview'));
  } else setPicture($('plate'), of(String(shown)), say('moment.alt', { at: shown + 1, count: question.pictures }));
}

function setPicture(image, source, alt) {
  const missing = image.nextElementSibling;
  image.hidden = false;
  if (missing) missing.hidden = true;
  else image.parentElement.hidden = false;
  image.onerror = () => {
    image.hidden = true;
    if (missing) missing.hidden = false;
    else image.parentElement.hidden = true;
  };
  image.alt = alt;
  image.src = source;
}

function nextPicture() {
  shown = (shown + 1) % question.pictures;
  showPictures();
  showMoment();
}

const timeOf = (at) => new Date(at).toLocaleTimeString(language, { hourCycle: 'h23' });

/** The main button says what Enter does. */
function named() {
  const text = typed.value.trim().toUpperCase();
  label($('confirm'), text === '' ? say('read.right') : say('read.says', { text }));
}

function label(button, text) {
  const key = button.dataset.key;
  const shownKey = document.createElement('kbd');
  shownKey.textContent = LABELS[key] ?? key;
  shownKey.ariaHidden = 'true';
  button.replaceChildren(text, ' ', shownKey);
}

function send(message) {
  if (live.readyState === WebSocket.OPEN) live.send(JSON.stringify(message));
}

const answer = (key) => send({ type: 'answer', of: question.id, key, typed: typed.value });
const back = () => send({ type: 'back', of: question.id });

for (let count = 1; count <= 9; count++) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.key = String(count);
  button.textContent = String(count);
  $('counts').append(button);
}
for (const button of document.querySelectorAll('[data-key]')) {
  if (button.dataset.key in LABELS && button.id !== 'confirm') label(button, button.textContent);
  if (button.id === 'confirm') continue;
  button.addEventListener('click', () => {
    // a plate that was half typed belongs to Enter
    if (button.dataset.key !== 'enter') typed.value = '';
    answer(button.dataset.key);
  });
}
$('read-form').addEventListener('submit', (event) => {
  event.preventDefault();
  answer('enter');
});
typed.addEventListener('input', named);
$('back').addEventListener('click', back);
$('leave').addEventListener('click', () => send({ type: 'leave' }));
$('next-picture').addEventListener('click', nextPicture);

document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (!question || isOver || event.ctrlKey || event.altKey || event.metaKey) return;
  const isEmpty = typed.value === '';
  const onButton = target instanceof HTMLButtonElement;
  if (key === 'Escape') send({ type: 'leave' });
  else if (key === 'ArrowLeft' && isEmpty) back();
  else if (key === 'Backspace' && isEmpty) back();
  else if (question.kind === 'moment') {
    if (onButton && (key === 'Enter' || key === ' ')) return;
    if (key === ' ' || key === 'ArrowRight') nextPicture();
    else if (key === 'Enter') answer('enter');
    else if (/^[0-9.]$/.test(key)) answer(key);
    else return;
  } else if (isEmpty && ['-', '+', '=', '.'].includes(key)) answer(key);
  else if (target !== typed && /^[a-z0-9]$/i.test(key)) {
    // whoever types a plate means the field, wherever the focus is
    typed.focus();
    return;
  } else if (target !== typed && !onButton && key === 'Enter') answer('enter');
  else return;
  event.preventDefault();
});

connect();
