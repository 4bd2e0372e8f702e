// The live picture: MPEG-1 over a WebSocket, decoded by jsmpeg into the canvas. Each picture's time stamp is its number
// over 25. What has arrived is confirmed, so that nothing old piles up on a slow line.

import JSMpeg from './jsmpeg.js';

const NOMINAL_FPS = 25;
const AGAIN_MS = 1000;
/** somebody who only glances at another tab sees the picture go on */
const HIDDEN_MS = 3000;
/** A picture waits so long for what was found in it. */
const LONGEST_WAIT_MS = 200;

const isEmpty = ({ index, byteLength }) => index >= byteLength << 3;

/**
 * @param isKnown whether it is known what was found in a picture
 * @param isWorth whether it is to be drawn then
 * @param onPicture called with each picture's number as it is shown
 * @param onRestart another stream begins: its pictures count from 0
 */
export function watchVideo(canvas, { isKnown, isWorth, onPicture, onRestart }) {
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/video`;
  let player;
  let socket;
  let destination;
  let gotBytes = 0;
  /** the player has seen something of a stream */
  let isUsed = false;
  let again;
  let hiding;
  let isOver = false;

  /** What jsmpeg takes its data from: it has one of these a stream, on one connection. */
  class Feed {
    streaming = true;
    established = true;
    completed = false;
    progress = 1;
    connect(demuxer) {
      destination = demuxer;
    }
    start() {}
    resume() {}
    destroy() {}
  }

  function startPlayer() {
    player?.destroy();
    isUsed = false;
    onRestart();
    /** the pictures that have arrived and are not decoded yet */
    const waiting = [];
    player = new JSMpeg.Player('', {
      canvas,
      source: Feed,
      audio: false,
      disableWebAssembly: true,
      disableGl: true,
      pauseWhenHidden: false,
      onVideoDecode(decoder) {
        const picture = waiting.shift();
        if (isEmpty(decoder.bits)) waiting.length = 0;
        if (picture && player.renderer.enabled) onPicture(picture.number);
      },
    });
    const { video, renderer } = player;
    const isReady = (picture) =>
      picture !== undefined && (isKnown(picture.number) || performance.now() - picture.at > LONGEST_WAIT_MS);
    // It would decode one picture each time that the browser draws: a slow machine would fall behind more and more.
    player.updateForStreaming = () => {
      for (let before = -1; isReady(waiting[0]) && video.hasSequenceHeader && video.bits.index !== before; ) {
        before = video.bits.index;
        renderer.enabled = !isReady(waiting[1]) && isWorth(waiting[0].number);
        video.decode();
      }
    };
    const write = video.write.bind(video);
    video.write = (pts, buffers) => {
      waiting.push({ number: Math.round(pts * NOMINAL_FPS), at: performance.now() });
      return write(pts, buffers);
    };
  }

  function connect() {
    clearTimeout(again);
    if (isOver || socket) return;
    gotBytes = 0;
    const own = new WebSocket(address);
    socket = own;
    own.binaryType = 'arraybuffer';
    own.onmessage = ({ data }) => {
      if (typeof data === 'string') {
        if (isUsed) startPlayer();
        return;
      }
      isUsed = true;
      gotBytes += data.byteLength;
      own.send(String(gotBytes));
      destination.write(data);
    };
    // It takes some hundred milliseconds without a graphics card: meanwhile the first picture is on its way.
    startPlayer();
    own.onclose = () => {
      if (socket === own) socket = undefined;
      if (!document.hidden) again = setTimeout(connect, AGAIN_MS);
    };
  }

  function disconnect() {
    const own = socket;
    socket = undefined;
    own?.close();
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(disconnect, HIDDEN_MS);
    else connect();
  });
  connect();

  return {
    end() {
      isOver = true;
      disconnect();
    },
  };
}
