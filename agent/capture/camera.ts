// A camera's stream as the rest of the agent sees it: frames, and a state with its reason. Behind it run after run of
// ffmpeg, each with the decoder that works here, started again when the policy says so.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CameraConfig } from '../config/index.ts';
import type { CameraState } from '../contract/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { type Backend, backends, isFile, pathIn, type SmallLimit } from './ffmpeg-arguments.ts';
import { type FfmpegTools, findTools } from './ffmpeg-process.ts';
import type { Frame } from './frame.ts';
import { FrameClock } from './frame-clock.ts';
import { FrameQueue } from './frame-queue.ts';
import { removeRing, ringBases, ringDirectory } from './frame-ring.ts';
import { BACKOFF, type Backoff, nextAttempt } from './reconnect-policy.ts';
import { type RunEnd, StreamRun } from './stream-run.ts';

/** What the agent's own detector takes at most, for callers that have no detector. */
const SMALL: SmallLimit = { maxWidth: 640, maxHeight: 384 };
/** Cameras with long groups of pictures send the first whole one late. */
const FIRST_FRAME_MS = 20_000;
const FPS_SMOOTHING = 0.05;

export interface CameraOptions {
  log: Logger;
  /** ends everything, like close() */
  signal?: AbortSignal;
  password?: string | undefined;
  /** the small plane fits into this, in the picture's shape */
  small?: SmallLimit;
  /**
   * `realtime` (default): as filmed, only the newest frame waits. `fast`, for files: as fast as frames are taken,
   * none is dropped.
   */
  pace?: 'realtime' | 'fast';
  /** default: looksPerSecond of the configuration, and every frame with pace `fast` */
  maxFramesPerSecond?: number;
  backoff?: Partial<Backoff>;
  firstFrameMs?: number;
  /** environment; PATH finds ffmpeg, RUNTIME_DIRECTORY keeps the frames */
  env?: NodeJS.ProcessEnv;
  /** ffmpeg, for who has looked for it already */
  tools?: Promise<FfmpegTools>;
}

export interface CameraStatus {
  camera: string;
  state: CameraState;
  /** why, for people, without secrets; null while all is well */
  reason: string | null;
  /** UTC epoch milliseconds, when state or reason last changed */
  since: number;
  codec: string | null;
  widthPx: number | null;
  heightPx: number | null;
  /** frames a second as the camera announces them, and as they come after thinning to what is looked at */
  fps: { announced: number | null; received: number | null };
  decode: { wanted: CameraConfig['decode']; used: Backend | null; reason: string | null };
  counters: {
    /** frames that reached the agent */
    decoded: number;
    /** of these: replaced by a newer one before anybody looked */
    dropped: number;
    /** of these: held so long that their full-size planes had to go */
    overtaken: number;
    /** times that the decoder complained about the picture */
    damaged: number;
    restarts: number;
  };
}

export interface Camera {
  /**
   * The camera's frames until it is closed; of a file until its end. Release each. For one consumer.
   * @throws AnprError capture.no-ffmpeg, capture.no-memory-folder; of a file also capture.unreadable-video
   */
  frames(): AsyncIterable<Frame>;
  state(): CameraStatus;
  /** `listener` gets each change of state or reason; returns what ends that. */
  onState(listener: (status: CameraStatus) => void): () => void;
  /** Resolves when ffmpeg is gone. */
  close(): Promise<void>;
}

export function openCamera(config: CameraConfig, options: CameraOptions): Camera {
  return new StreamCamera(config, options);
}

class StreamCamera implements Camera {
  readonly #config: CameraConfig;
  readonly #options: CameraOptions;
  readonly #log: Logger;
  readonly #queue: FrameQueue;
  readonly #stop = new AbortController();
  readonly #clock: FrameClock;
  readonly #listeners = new Set<(status: CameraStatus) => void>();
  readonly #status: CameraStatus;
  readonly #done: Promise<void>;
  #run: StreamRun | undefined;
  #previous: StreamRun | undefined;
  #sequence = 0;
  #lastCapturedAt: number | undefined;

  constructor(config: CameraConfig, options: CameraOptions) {
    this.#config = config;
    this.#options = options;
    this.#log = options.log.child({ stage: 'capture', camera: config.id });
    this.#clock = new FrameClock({ anchor: isFile(config.url) ? 'fixed' : 'live' });
    this.#status = {
      ...{ camera: config.id, state: 'starting', reason: null, since: Date.now() },
      ...{ codec: null, widthPx: null, heightPx: null, fps: { announced: null, received: null } },
      decode: { wanted: config.decode, used: null, reason: null },
      counters: { decoded: 0, dropped: 0, overtaken: 0, damaged: 0, restarts: 0 },
    };
    this.#queue = new FrameQueue(this.#pace === 'fast' ? 'every' : 'newest', {
      taken: () => this.#run?.resume(),
      dropped: () => this.#status.counters.dropped++,
    });
    const { signal } = options;
    if (signal?.aborted) this.#stop.abort();
    const onAbort = () => void this.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#done = this.#live()
      .then(
        () => this.#queue.end(),
        (error: Error) => {
          this.#become('failed', messageOf(error));
          this.#queue.end(error);
        },
      )
      .finally(() => signal?.removeEventListener('abort', onAbort));
  }

  frames(): AsyncIterable<Frame> {
    return this.#queue.frames();
  }

  state(): CameraStatus {
    return structuredClone(this.#status);
  }

  onState(listener: (status: CameraStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    void this.#run?.stop('stopped', 'closed');
    await this.#done;
    this.#queue.clear();
    this.#run?.abandon();
    this.#previous?.abandon();
  }

  get #pace(): 'realtime' | 'fast' {
    return isFile(this.#config.url) ? (this.#options.pace ?? 'realtime') : 'realtime';
  }

  get #closing(): boolean {
    return this.#stop.signal.aborted;
  }

  async #live(): Promise<void> {
    const env = this.#options.env ?? process.env;
    const tools = await (this.#options.tools ?? findTools(env.PATH));
    if (tools.withParent.length === 0)
      this.#log.warn(
        'neither setpriv nor perl works on this machine: ffmpeg may outlive an agent that is killed',
      );
    const ring = ringDirectory(this.#config.id, ringBases(env));
    try {
      await this.#runs(tools, ring);
    } finally {
      removeRing(ring);
    }
    if (this.#closing) this.#become('stopped', null);
  }

  /** Run after run, until it is closed or the file has ended. */
  async #runs(tools: FfmpegTools, ring: string): Promise<void> {
    const all = backends(this.#config.decode, { architecture: process.arch, has: existsSync });
    let ways = all;
    const backoff = { ...BACKOFF, ...this.#options.backoff };
    let failures = 0;
    this.#become('connecting', null);
    for (let attempt = 0; !this.#closing; attempt++) {
      if (attempt > 0) this.#status.counters.restarts++;
      const end = await this.#once(tools, join(ring, String(attempt)), ways[0]!);
      if (this.#closing || end.ending === 'stopped') return;
      if (end.ending === 'finished' && end.frames > 0) return this.#become('stopped', end.reason);
      if (end.ending === 'no-hardware' && ways.length > 1) ways = this.#fallBack(ways, end.reason);
      else if (isFile(this.#config.url)) throw this.#unreadable(end);
      else if (end.wasOpen && end.frames === 0) ways = all; // it was not the decoder
      const ending = end.ending === 'finished' ? 'failed' : end.ending;
      const next = nextAttempt(ending, failures, end.streamedMs, Math.random(), backoff);
      failures = next.failures;
      this.#ended(ending, end.reason, next.waitMs);
      await sleep(next.waitMs, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #once(tools: FfmpegTools, ringOfRun: string, backend: Backend): Promise<RunEnd> {
    const { counters, decode } = this.#status;
    decode.used = backend;
    this.#clock.restart();
    this.#lastCapturedAt = undefined;
    this.#previous?.abandon();
    this.#previous = this.#run;
    this.#run = new StreamRun(
      {
        config: this.#config,
        password: this.#options.password,
        backend,
        codec: this.#status.codec ?? undefined,
        small: this.#options.small ?? SMALL,
        maxFramesPerSecond:
          this.#options.maxFramesPerSecond ??
          (this.#pace === 'fast' ? Number.POSITIVE_INFINITY : this.#config.looksPerSecond),
        pace: this.#pace,
        tools,
        ringDirectory: ringOfRun,
        clock: this.#clock,
        log: this.#log,
        firstFrameMs: this.#options.firstFrameMs ?? FIRST_FRAME_MS,
      },
      {
        nextSequence: () => this.#sequence++,
        facts: ({ codec, widthPx, heightPx, announcedFps = null }) => {
          Object.assign(this.#status, { codec, widthPx, heightPx });
          this.#status.fps.announced = announcedFps;
        },
        frame: (frame) => this.#deliver(frame),
        dropped: () => {
          counters.decoded++;
          counters.dropped++;
        },
        overtaken: (count) => {
          counters.overtaken += count;
        },
        damaged: () => counters.damaged++,
        isFull: () => this.#queue.isFull,
      },
    );
    if (this.#closing) void this.#run.stop('stopped', 'closed');
    return this.#run.ended;
  }

  #deliver(frame: Frame): void {
    const { counters, fps } = this.#status;
    counters.decoded++;
    if (this.#lastCapturedAt !== undefined && frame.capturedAt > this.#lastCapturedAt) {
      const rate = 1000 / (frame.capturedAt - this.#lastCapturedAt);
      // Averaged as an interval: a hole counts as long as it was.
      fps.received =
        fps.received === null ? rate : 1 / ((1 - FPS_SMOOTHING) / fps.received + FPS_SMOOTHING / rate);
    }
    this.#lastCapturedAt = frame.capturedAt;
    this.#become('streaming', null);
    this.#queue.put(frame);
  }

  /** The ways that are left. */
  #fallBack([failed, ...left]: Backend[], reason: string): Backend[] {
    this.#status.decode.reason = `${failed} does not work here (${reason})`;
    this.#log.warn({ wanted: failed, used: left[0], reason }, 'decoding falls back');
    return left;
  }

  /** A failed attempt after a failed one keeps its state: it does not flap while the camera is away. */
  #ended(ending: Exclude<RunEnd['ending'], 'finished' | 'stopped'>, reason: string, waitMs: number): void {
    if (ending === 'no-hardware') return;
    const state = ending === 'resized' ? 'connecting' : ending;
    // A camera that stays away for months is no news each half minute.
    const isNews = this.#status.state !== state || this.#status.reason !== reason;
    this.#log[isNews ? 'info' : 'debug']({ ending, reason, waitMs }, 'stream ended');
    this.#become(state, reason);
  }

  #unreadable(end: RunEnd): AnprError {
    const path = pathIn(this.#config.url);
    const reason = end.ending === 'finished' ? 'there is no picture in it' : end.reason;
    return new AnprError(
      'capture.unreadable-video',
      `wanted a video in ${path}, found after ${end.frames} frames: ${reason}`,
      'See what it is: ffprobe FILE',
    );
  }

  #become(state: CameraState, reason: string | null): void {
    if (this.#status.state === state && this.#status.reason === reason) return;
    Object.assign(this.#status, { state, reason, since: Date.now() });
    this.#log.info({ state, reason }, 'camera state');
    for (const listener of this.#listeners) listener(this.state());
  }
}
