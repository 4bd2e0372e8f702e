// The hits' page: the live connection, the list, what is open, keys and what is said aloud.

import { lineOf, setList, showHit, standingOf, wordsOf } from './hit.js';
import { say } from './words.js';

const AGAIN_MS = 1000;
const KEYS = { a: 'acknowledge', c: 'confirm', r: 'reject', x: 'close' };
/** what waits for somebody comes first, the most urgent at its head; what is over comes last */
const RANKS = { acknowledged: 10, confirmed: 10, rejected: 10, withdrawn: 11, closed: 12 };

const $ = (id) => document.getElementById(id);
const hits = new Map();
let openId;
let most = 100;
let live;
let isOver = false;
let isLost = false;
let status = { connected: false, counts: {}, refused: [] };
let asks = 0;

const rankOf = ({ state, priority }) => (state === 'new' ? priority : RANKS[state]);
const sorted = () => [...hits.values()].sort((a, b) => rankOf(a) - rankOf(b) || b.receivedAt - a.receivedAt);

function setState() {
  const [key, tone] = isOver
    ? ['ended', 'bad']
    : isLost
      ? ['lost', 'bad']
      : status.connected
        ? ['live', 'good']
        : ['noBroker', 'bad'];
  const text = say(`link.${key}`);
  $('state').dataset.tone = tone;
  if ($('state').textContent !== text) $('state').textContent = text;
}

function draw() {
  const { activeElement } = document;
  const focused = $('hits').contains(activeElement) ? activeElement.dataset.id : undefined;
  const shown = sorted().slice(0, most);
  for (const hit of sorted().slice(most)) hits.delete(hit.id);
  $('hits').replaceChildren(
    ...shown.map((hit) => {
      const item = document.createElement('li');
      item.append(lineOf(hit, hit.id === openId));
      return item;
    }),
  );
  // what moves in the list keeps the focus
  if (focused) lineIn(focused)?.focus({ preventScroll: true });
  drawCounts(shown.length);
  const open = hits.get(openId);
  if (open) showHit($, open, larger);
}

function drawCounts(shown) {
  const { new: waiting = 0, acknowledged = 0, ...others } = status.counts;
  const total = Object.values(others).reduce((sum, count) => sum + count, waiting + acknowledged);
  const title = waiting > 1 ? 'many' : waiting === 1 ? 'one' : total > 0 ? 'nothing' : 'none';
  const inHand = acknowledged > 0 ? say('waiting.inHand', { count: acknowledged }) : '';
  $('list-title').textContent = say(`waiting.${title}`, { count: waiting }) + inHand;
  document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${say('heading')}`;
  $('none').hidden = total > 0;
  $('more').hidden = total <= shown;
  $('more').textContent = say('more', { count: total - shown });
  $('refused').hidden = status.refused.length === 0;
  setList(
    $('refused').querySelector('ul'),
    status.refused.map(({ topic, reason }) => `${topic}: ${reason}`),
  );
}

const lineIn = (id) => $('hits').querySelector(`[data-id="${CSS.escape(id)}"]`);

function open(id) {
  openId = id;
  $('wrong').textContent = '';
  draw();
}

function speak(text, isUrgent) {
  $(isUrgent ? 'spoken-now' : 'spoken').textContent = text;
}

/** New ones are said, the most urgent of many alone. */
function announce(fresh) {
  const [first, ...others] = fresh.filter(({ state }) => state === 'new').sort((a, b) => rankOf(a) - rankOf(b));
  if (!first) return;
  const also = others.length > 0 ? ` ${say('spoken.also', { count: others.length })}` : '';
  speak(wordsOf(first) + also, first.priority === 1);
}

function hear(event) {
  switch (event.type) {
    case 'hello':
      most = event.most;
      $('place').textContent = event.place === '+/+' ? say('allPlaces') : say('places', event);
      $('who').value = localStorage.getItem('who') ?? event.who;
      break;
    case 'state':
      status = event;
      setState();
      drawCounts(hits.size);
      break;
    case 'hits': {
      const known = new Set(hits.keys());
      hits.clear();
      for (const hit of event.hits) hits.set(hit.id, hit);
      openId ??= sorted()[0]?.id;
      if (known.size > 0) announce(event.hits.filter(({ id }) => !known.has(id)));
      draw();
      break;
    }
    case 'hit': {
      const before = hits.get(event.hit.id);
      hits.set(event.hit.id, event.hit);
      openId ??= event.hit.id;
      if (!before) announce([event.hit]);
      else if (before.state !== event.hit.state) speak(say('spoken.changed', { plate: event.hit.plate, state: standingOf(event.hit) }), false);
      draw();
      break;
    }
    case 'answer':
      $('wrong').textContent = event.code === 'hit.unknown' ? say('wrong.gone') : (event.error ?? '');
      break;
    case 'ended':
      isOver = true;
      setState();
      break;
  }
}

function connect() {
  if (isOver) return;
  live = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`);
  live.onopen = () => {
    isLost = false;
    setState();
  };
  live.onmessage = ({ data }) => hear(JSON.parse(data));
  live.onclose = () => {
    if (isOver) return;
    isLost = true;
    setState();
    setTimeout(connect, AGAIN_MS);
  };
}

function act(action) {
  const hit = hits.get(openId);
  if (!hit) return;
  if (!hit.actions.includes(action)) {
    $('wrong').textContent = say(`cannot.${action}`, { state: standingOf(hit) });
    return;
  }
  if (action === 'reject') {
    $('note').value = '';
    $('reject').returnValue = '';
    $('reject-title').textContent = say('reject.heading', hit);
    $('reject').dataset.hit = hit.id;
    $('reject').showModal();
  } else decide(hit.id, { action });
}

function decide(hit, verdict) {
  const by = $('who').value.trim();
  if (by === '') {
    $('wrong').textContent = say('wrong.nobody');
    $('who').focus();
  } else if (live.readyState !== WebSocket.OPEN) $('wrong').textContent = say('wrong.lost');
  else {
    $('wrong').textContent = '';
    live.send(JSON.stringify({ type: 'decide', ask: ++asks, hit, by, ...verdict }));
  }
}

function larger(name, address) {
  $('larger-title').textContent = name;
  $('larger-picture').alt = name;
  $('larger-picture').src = address;
  $('larger').showModal();
}

function step(by) {
  const order = sorted();
  const now = order.findIndex(({ id }) => id === openId);
  const next = order[Math.max(0, Math.min(order.length - 1, now + by))];
  if (!next) return;
  open(next.id);
  lineIn(next.id)?.focus();
}

$('hits').addEventListener('click', (event) => {
  const id = event.target.closest('button')?.dataset.id;
  if (!id) return;
  open(id);
  // by key, or where the hit is below the list: go there
  if (event.detail === 0 || matchMedia('(max-width: 52rem)').matches) $('detail').focus();
});
document.querySelector('#open .actions').addEventListener('click', (event) => {
  const action = event.target.closest('button')?.dataset.action;
  if (action) act(action);
});
$('reject').addEventListener('close', () => {
  if ($('reject').returnValue !== 'reject') return;
  const cause = $('reject').querySelector('[name="cause"]:checked').value;
  decide($('reject').dataset.hit, { action: 'reject', cause, note: $('note').value.trim() });
});
$('larger-close').addEventListener('click', () => $('larger').close());
$('who').addEventListener('change', () => localStorage.setItem('who', $('who').value.trim()));
document.querySelector('main').addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches('input, summary')) return;
  const action = KEYS[event.key.toLowerCase()];
  if (action) act(action);
  else if (event.key === 'ArrowDown') step(1);
  else if (event.key === 'ArrowUp') step(-1);
  else return;
  event.preventDefault();
});

connect();
