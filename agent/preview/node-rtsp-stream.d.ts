// What this project uses of node-rtsp-stream 0.0.9, which comes without types.

declare module 'node-rtsp-stream' {
  import type { ChildProcess } from 'node:child_process';
  import type { EventEmitter } from 'node:events';
  import type { WebSocketServer } from 'ws';

  export interface VideoStreamOptions {
    name: string;
    /** given to ffmpeg's -i */
    streamUrl: string;
    /** without both they are taken from what ffmpeg says */
    width?: number;
    height?: number;
    wsPort?: number;
    ffmpegPath?: string;
    /** arguments of the output; an option without a value has '' */
    ffmpegOptions?: Record<string, string>;
  }

  export default class VideoStream extends EventEmitter {
    constructor(options: VideoStreamOptions);
    options: VideoStreamOptions;
    /** ffmpeg */
    stream: ChildProcess;
    mpeg1Muxer: EventEmitter;
    wsServer: WebSocketServer;
    /** Called by the constructor: makes `wsServer` and has each `camdata` (a Buffer of MPEG-TS) sent to its clients. */
    pipeStreamToSocketServer(): void;
    stop(): this;
  }
}
