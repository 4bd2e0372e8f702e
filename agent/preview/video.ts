// The camera's pictures as MPEG-1 for jsmpeg, made by node-rtsp-stream from the feed that the agent gives out: not from the
// camera, which has one session and keeps it. node-rtsp-stream would open a WebSocket server of its own for everybody;
// here its stream goes to the viewers that the preview's own server has let in.

import { setPriority } from 'node:os';
import VideoStream, { type VideoStreamOptions } from 'node-rtsp-stream';
import type { VideoViewers } from './video-viewers.ts';

/** Between whole pictures, at twelve a second two seconds: what a lost one may cost. */
const GROUP = '24';
/** The agent's real work goes first. */
const PRIORITY = 10;
const LONGEST_COMPLAINT = 2000;

interface Options extends VideoStreamOptions {
  viewers: VideoViewers;
}

export interface VideoParts {
  camera: string;
  /** of the feed */
  socket: string;
  widthPx: number;
  ffmpeg: string;
  viewers: VideoViewers;
  /** ffmpeg has ended by itself; `complaint` is what it said last, empty at the feed's end */
  ended(complaint: string): void;
}

export function startVideo({ camera, socket, widthPx, ffmpeg, viewers, ended }: VideoParts): {
  stop(): void;
} {
  const options: Options = {
    name: camera,
    streamUrl: `unix:${socket}`,
    // not to be looked for in what ffmpeg says
    ...{ width: widthPx, height: 0 },
    ffmpegPath: ffmpeg,
    ffmpegOptions: outputOptions(widthPx),
    viewers,
  };
  const stream = new FeedStream(options);
  // It would write both on this command's own stderr.
  stream.mpeg1Muxer.removeAllListeners('ffmpegStderr');
  stream.stream.removeAllListeners('exit');
  let complaint = '';
  let stopped = false;
  stream.mpeg1Muxer.on('ffmpegStderr', (text: Buffer) => {
    complaint = (complaint + text).slice(-LONGEST_COMPLAINT);
  });
  const over = (why: string) => {
    if (!stopped) ended(why);
    stopped = true;
  };
  stream.stream.on('error', (error) => over(error.message));
  stream.stream.on('close', (code) => over(code === 0 ? '' : complaint.trim() || `exit status ${code}`));
  try {
    if (stream.stream.pid !== undefined) setPriority(stream.stream.pid, PRIORITY);
  } catch {
    // it has ended already, and says so itself
  }
  return {
    stop() {
      stopped = true;
      stream.stop();
    },
  };
}

class FeedStream extends VideoStream {
  // Called by the constructor, once ffmpeg has been started.
  override pipeStreamToSocketServer(): void {
    const { viewers } = this.options as Options;
    this.wsServer = viewers.server;
    this.on('camdata', (data: Buffer) => viewers.send(data));
  }

  /** Without closing the viewers' server: they stay for the next stream. */
  override stop(): this {
    this.removeAllListeners('camdata');
    this.stream.kill();
    return this;
  }
}

/**
 * One thread and no delay in the encoder: one picture in, one picture out, each with its number over 25 as its time stamp.
 * The rates are those of 25 pictures a second, of which a camera that is looked at twelve times a second needs half.
 * mpeg1video knows low_delay as "unofficial". jsmpeg takes a picture as complete when its length says so.
 */
function outputOptions(widthPx: number): Record<string, string> {
  return {
    '-loglevel': 'error',
    '-vf': `scale=w='trunc(min(${widthPx},iw)/2)*2':h=-2:flags=bilinear`,
    '-threads': '1',
    '-filter_threads': '1',
    '-fps_mode': 'passthrough',
    '-strict': 'unofficial',
    '-flags': 'low_delay',
    '-g': GROUP,
    '-b:v': '3000k',
    '-maxrate': '4000k',
    '-bufsize': '1000k',
    '-qmin': '3',
    '-omit_video_pes_length': '0',
    '-muxdelay': '0',
    '-muxpreload': '0',
    '-flush_packets': '1',
  };
}
