// The preview's page: joins the video, what was found in it, the reads and the numbers.

import { createBoxes } from './boxes.js';
import { createNumbers } from './numbers.js';
import { createReads } from './reads.js';
import { hasWord, say } from './words.js';

const AGAIN_MS = 1000;
const CLOCK_EVERY_MS = 10_000;
/** longer without a picture, and what is shown is not live any more */
const STALE_MS = 3000;
const DELAY_EVERY_MS = 1000;
/** the video waits no longer for the still */
const STILL_MS = 700;

const $ = (id) => document.getElementById(id);
const boxes = createBoxes($('boxes'));
const numbers = createNumbers({
  of: $('aim-of'),
  advice: $('advice'),
  table: $('numbers'),
  facts: $('facts'),
  lanes: $('lanes'),
  columns: $('columns'),
  lines: $('lines'),
  speak,
});
const reads = createReads({
  list: $('reads'),
  none: $('no-reads'),
  dialog: $('overview'),
  title: $('overview-title'),
  picture: $('overview-picture'),
  text: $('overview-text'),
  close: $('close'),
  speak,
});

/** UTC epoch milliseconds at which a picture was taken, by its number */
const takenAt = new Map();
let cameraName = '';
let viewers = 1;
let cameraState;
let trouble;
let isOver = false;
let isLost = false;
let shownAt = 0;
/** until then the camera's still stands in the video's place */
let hasVideo = false;
let measure = false;
let live;
/** what the box's clock is ahead of this one; of the quickest answer */
let clock = { aheadMs: 0, tookMs: Number.POSITIVE_INFINITY };
let delays = [];

function speak(text) {
  $('spoken').textContent = text;
}

/** in this page's language, where it knows the state */
function stateText() {
  const key = `state.${cameraState.state}`;
  return hasWord(key) ? say(key) : cameraState.state;
}

/** what the texts do not know comes as the agent wrote it */
function troubleText() {
  const key = `trouble.${trouble.code}`;
  return hasWord(key) ? say(key) : [trouble.message, trouble.remedy].filter(Boolean).join('. ');
}

function reasonText() {
  const { reason, known } = cameraState;
  return known ? say(known.is, known.values) : (reason ?? stateText());
}

function setState() {
  const [text, tone] = isOver
    ? [say('state.ended'), 'bad']
    : isLost
      ? [say('state.lost'), 'bad']
      : trouble
        ? [say('state.noAgent'), 'bad']
        : cameraState === undefined
          ? [say('state.connecting'), 'wait']
          : cameraState.state === 'streaming'
            ? [viewers > 1 ? say('state.liveFor', { count: viewers }) : say('state.live'), 'good']
            : [stateText(), 'bad'];
  $('state').dataset.tone = tone;
  if ($('state').textContent !== text) $('state').textContent = text;
}

function setNotice() {
  const isStale = shownAt === 0 || performance.now() - shownAt > STALE_MS;
  const text = isOver
    ? say('picture.ended', { camera: cameraName })
    : isLost
      ? say('picture.lost')
      : trouble
        ? troubleText()
        : cameraState && cameraState.state !== 'streaming'
          ? say('picture.noPictures', { reason: reasonText() })
          : isStale
            ? say(shownAt === 0 ? 'picture.first' : 'picture.next')
            : '';
  $('frame').classList.toggle('stale', text !== '');
  $('notice').hidden = text === '';
  if ($('notice-text').textContent !== text) $('notice-text').textContent = text;
}

function refresh() {
  setState();
  setNotice();
}

function showStill() {
  if (hasVideo || $('still').naturalWidth === 0) return;
  shownAt = performance.now();
  refresh();
}

/** The still has been painted, or there is none; a page that is not seen paints nothing. */
async function stillPainted() {
  const still = $('still');
  const late = new Promise((resolve) => setTimeout(resolve, STILL_MS));
  const loaded = new Promise((resolve) => {
    if (still.complete) resolve();
    still.addEventListener('load', resolve);
    still.addEventListener('error', resolve);
  }).then(showStill);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await Promise.race([late, loaded.then(frame).then(frame)]);
}

// The player is large, and slow to start without a graphics card: nobody waits for it to see the first picture.
void stillPainted().then(() => {
  connect();
  return startVideo();
});

async function startVideo() {
  const { watchVideo } = await import('./video.js');
  watchVideo($('video'), {
    // the first one waits for nothing
    isKnown: (number) => !hasVideo || takenAt.has(number),
    isWorth: boxes.isWorth,
    onRestart() {
      takenAt.clear();
      boxes.restart();
    },
    onPicture(number) {
      shownAt = performance.now();
      if (!hasVideo) {
        hasVideo = true;
        $('still').hidden = true;
        performance.mark('first-video');
      }
      const look = boxes.show(number);
      if (!$('notice').hidden) refresh();
      const taken = takenAt.get(number);
      if (taken !== undefined && Number.isFinite(clock.tookMs)) delays.push(Date.now() + clock.aheadMs - taken);
      for (const old of takenAt.keys()) if (old <= number) takenAt.delete(old);
      describe(look);
    },
  });
}

/** The picture for who does not see it; not faster than anybody listens. */
let described = { at: 0, text: '' };
function describe(look) {
  if (performance.now() - described.at < 2000) return;
  const texts = (look?.plates ?? []).map(({ text }) => text || say('picture.unreadable'));
  const plates = texts.length ? texts.join(', ') : say('picture.noPlate');
  const text = say('picture.label', { camera: cameraName, plates });
  if (text !== described.text) $('video').setAttribute('aria-label', text);
  described = { at: performance.now(), text };
}

function connect() {
  if (isOver) return;
  const own = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`);
  live = own;
  own.onopen = () => {
    isLost = false;
    askClock();
    own.send(JSON.stringify({ type: 'measure', on: measure }));
    refresh();
  };
  own.onmessage = ({ data }) => hear(JSON.parse(data));
  own.onclose = () => {
    if (isOver) return;
    isLost = true;
    refresh();
    setTimeout(connect, AGAIN_MS);
  };
}

function hear(event) {
  switch (event.type) {
    case 'hello':
      cameraName = event.camera;
      $('camera').textContent = say('camera', { camera: event.camera });
      $('place').textContent = event.place;
      document.title = say('title', { camera: event.camera });
      break;
    case 'camera':
      cameraState = event;
      refresh();
      break;
    case 'look':
      if (event.picture !== null) takenAt.set(event.picture, event.at);
      boxes.add(event);
      break;
    case 'aim':
      numbers.show(event.aim);
      break;
    case 'reads':
      reads.set(event.reads);
      break;
    case 'read':
      reads.add(event.read);
      break;
    case 'trouble':
      trouble = event.message === null ? undefined : event;
      refresh();
      break;
    case 'viewers':
      viewers = event.count;
      refresh();
      break;
    case 'clock': {
      const tookMs = Date.now() - event.asked;
      if (tookMs <= clock.tookMs) clock = { tookMs, aheadMs: event.at - (event.asked + tookMs / 2) };
      break;
    }
    case 'ended':
      isOver = true;
      refresh();
      break;
  }
}

function askClock() {
  if (live?.readyState === WebSocket.OPEN) live.send(JSON.stringify({ type: 'clock', asked: Date.now() }));
}

function toggle(button, on) {
  button.setAttribute('aria-pressed', String(on));
}

$('show-boxes').addEventListener('click', ({ currentTarget }) => {
  const on = currentTarget.getAttribute('aria-pressed') !== 'true';
  toggle(currentTarget, on);
  boxes.toggle(on);
});
$('measure').addEventListener('click', ({ currentTarget }) => {
  measure = !measure;
  toggle(currentTarget, measure);
  if (live?.readyState === WebSocket.OPEN) live.send(JSON.stringify({ type: 'measure', on: measure }));
});
$('full').hidden = !document.fullscreenEnabled;
$('full').addEventListener('click', () => {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void $('frame').requestFullscreen();
});
new ResizeObserver(() => boxes.draw()).observe($('frame'));

setInterval(askClock, CLOCK_EVERY_MS);
setInterval(() => {
  refresh();
  const sorted = delays.toSorted((one, other) => one - other);
  delays = [];
  const middle = sorted[sorted.length >> 1];
  $('delay').textContent = 
    middle === undefined ? '' : say('picture.delay', { seconds: (Math.max(0, middle) / 1000).toFixed(2) });
}, DELAY_EVERY_MS);
