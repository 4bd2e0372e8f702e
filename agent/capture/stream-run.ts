// One run of ffmpeg, from its start to its end: gives each frame its time, watches that frames keep coming, and tells at the
// end why it ended. Small planes and full-size files come together in picture-join.ts.
// What is done about that is camera.ts's business.

import { performance } from 'node:perf_hooks';
import type { Logger } from '../shared/log.ts';
import { readClocks } from './clocks.ts';
import { type FfmpegWish, ffmpegArguments, inputList, isFile, percentEncoded } from './ffmpeg-arguments.ts';
import {
  type Judgement,
  judge,
  redacted,
  type StreamFacts,
  section,
  streamFacts,
  tellsOfNewSize,
  worse,
} from './ffmpeg-messages.ts';
import { type FfmpegChild, type FfmpegTools, startFfmpeg } from './ffmpeg-process.ts';
import type { FrameClock } from './frame-clock.ts';
import { FrameRing, freeBytes, type RingFile } from './frame-ring.ts';
import { NutError, NutParser, type NutPicture, type NutStream } from './nut.ts';
import { type Picture, PictureJoin } from './picture-join.ts';
import { framesToKeep } from './ring-size-policy.ts';
import { type RunVerdict, runVerdict } from './run-end-policy.ts';
import { frameBytes, planesOf, StreamFrame } from './stream-frame.ts';
import { Watchdog } from './watchdog.ts';

const OTHER_SIZE = 'the picture has another size';

export interface RunOptions extends Omit<FfmpegWish, 'filePattern' | 'config'> {
  config: FfmpegWish['config'] & { id: string; stallSeconds: number };
  password: string | undefined;
  tools: FfmpegTools;
  ringDirectory: string;
  clock: FrameClock;
  log: Logger;
  /** how long the first frame may take */
  firstFrameMs: number;
}

export interface RunEvents {
  /** numbers the frames of a camera over all runs */
  nextSequence(): number;
  /** the stream is known: codec, size, announced rate */
  facts(facts: StreamFacts): void;
  frame(frame: StreamFrame): void;
  dropped(): void;
  overtaken(count: number): void;
  damaged(): void;
  /** no more frames are wanted until `resume` */
  isFull(): boolean;
}

export interface RunEnd extends RunVerdict {
  /** ffmpeg had opened the input */
  wasOpen: boolean;
  streamedMs: number;
  frames: number;
}

interface FullSize {
  widthPx: number;
  heightPx: number;
  /** frames that may be held at a time */
  keep: number;
}

export class StreamRun {
  readonly ended: Promise<RunEnd>;
  readonly #options: RunOptions;
  readonly #events: RunEvents;
  readonly #ring: FrameRing;
  readonly #child: FfmpegChild;
  readonly #secrets: string[];
  readonly #parser: NutParser;
  readonly #join: PictureJoin;
  #section: ReturnType<typeof section>;
  #input: StreamFacts | undefined;
  #full: FullSize | undefined;
  #small: NutStream | undefined;
  #judgement: Judgement | undefined;
  /** set when this side ends the run */
  #decided: RunVerdict | undefined;
  #count = 0;
  #delivered = 0;
  #firstAt: number | undefined;
  #lastAt = performance.now();
  #watchdog: Watchdog | undefined;

  constructor(options: RunOptions, events: RunEvents) {
    this.#options = options;
    this.#events = events;
    this.#secrets = options.password ? [options.password, percentEncoded(options.password)] : [];
    this.#ring = new FrameRing(options.ringDirectory);
    this.#parser = new NutParser({
      stream: (stream) => {
        this.#small = stream;
      },
      picture: (picture) => this.#arrived(picture),
    });
    this.#join = new PictureJoin(this.#ring, options.pace === 'fast', {
      joined: (picture, file) => this.#deliver(picture, file),
      dropped: () => events.dropped(),
      resized: () => void this.stop('resized', OTHER_SIZE),
      isOver: () => this.#decided !== undefined,
      advanced: () => this.#regulate(),
    });
    const args = ffmpegArguments({ ...options, filePattern: this.#ring.pattern });
    const list = inputList(options.config, options.password);
    this.#child = startFfmpeg(options.tools, args, list, (line) => this.#said(line));
    options.log.debug({ pid: this.#child.pid, args }, 'ffmpeg started');
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    if (!isFile(options.config.url))
      this.#watchdog = new Watchdog(options.firstFrameMs, (silentMs) => {
        const what = this.#count > 0 ? 'no frame' : 'no first frame';
        void this.stop('stalled', `${what} for ${Math.round(silentMs / 1000)} s`);
      });
    this.ended = this.#child.ended.then((status) => this.#summary(status));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** A frame has been taken: with back-pressure the stream goes on. */
  resume(): void {
    this.#regulate();
  }

  /** Ends the run from this side; the first reason given stands. */
  async stop(ending: RunEnd['ending'], reason: string): Promise<void> {
    this.#decided ??= { ending, reason };
    this.#watchdog?.close();
    await this.#child.end();
  }

  /** Frames that are held cannot be read any more. */
  abandon(): void {
    this.#ring.bound(0);
  }

  #said(raw: string): void {
    const line = redacted(raw, this.#secrets);
    this.#options.log.debug({ ffmpeg: line });
    this.#section = section(line) ?? this.#section;
    const facts = streamFacts(line);
    if (facts && this.#section === 'input') this.#input ??= facts;
    if (facts && this.#section === 'full') this.#knowSize(facts);
    if (tellsOfNewSize(line) && this.#full) void this.stop('resized', OTHER_SIZE);
    const judgement = judge(line);
    if (judgement.verdict === 'degrade') this.#events.damaged();
    this.#judgement = worse(this.#judgement, judgement);
  }

  #knowSize({ widthPx, heightPx }: StreamFacts): void {
    if (this.#full) return;
    const sizeBytes = frameBytes(widthPx, heightPx);
    this.#full = { widthPx, heightPx, keep: framesToKeep(sizeBytes, freeBytes(this.#ring.directory)) };
    this.#ring.expect(sizeBytes);
    const { codec = 'unknown', announcedFps } = this.#input ?? {};
    this.#events.facts({ codec, announcedFps, widthPx, heightPx });
    this.#join.sizeIsKnown();
  }

  #read(chunk: Buffer): void {
    if (this.#decided) return;
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof NutError)) throw error;
      void this.stop('failed', `what ffmpeg sent is damaged: ${error.message}`);
    }
    this.#regulate();
  }

  #arrived({ pts, data }: NutPicture): void {
    if (this.#decided) return;
    const { widthPx, heightPx, timeBase } = this.#small!;
    const smallBytes = this.#options.small.colour ? frameBytes(widthPx, heightPx) : widthPx * heightPx;
    if (data.length !== smallBytes) {
      void this.stop('resized', OTHER_SIZE);
      return;
    }
    this.#lastAt = performance.now();
    const streamMs = (pts * timeBase.numerator * 1000) / timeBase.denominator;
    const capturedAt = this.#options.clock.capturedAt(streamMs, readClocks());
    const sequence = this.#events.nextSequence();
    const number = ++this.#count;
    this.#watchdog?.seen(this.#options.config.stallSeconds * 1000);
    if (this.#options.clock.isSettled) {
      this.#join.add({ number, sequence, capturedAt, data });
    } else {
      this.#ring.discard(number);
      this.#events.dropped();
    }
  }

  /** With pace `fast`, frames that nobody has taken hold the stream up; one that lacks its file does not. */
  #regulate(): void {
    if (this.#options.pace !== 'fast' || this.#decided) return;
    if (this.#events.isFull()) this.#child.stdout.pause();
    else this.#child.stdout.resume();
  }

  #deliver({ sequence, capturedAt, data }: Picture, file: RingFile): void {
    const full = this.#full;
    if (!full) return;
    const { widthPx: width, heightPx: height } = this.#small!;
    const frame = new StreamFrame(
      {
        ...{
          camera: this.#options.config.id,
          sequence,
          capturedAt,
          width: full.widthPx,
          height: full.heightPx,
        },
        ...this.#smallOf(data, width, height),
      },
      this.#ring,
      file,
    );
    this.#delivered++;
    this.#firstAt ??= performance.now();
    const overtaken = this.#ring.bound(full.keep);
    if (overtaken > 0) this.#events.overtaken(overtaken);
    this.#events.frame(frame);
  }

  #smallOf(data: Uint8Array, width: number, height: number): Pick<StreamFrame, 'small' | 'smallChroma'> {
    if (!this.#options.small.colour) return { small: { data, width, height }, smallChroma: undefined };
    const { y, u, v } = planesOf(data, width, height);
    return { small: y, smallChroma: { u, v, space: 'video' } };
  }

  async #summary(status: Awaited<FfmpegChild['ended']>): Promise<RunEnd> {
    this.#watchdog?.close();
    const left = this.#join.end();
    if (left > 0) this.#decided ??= { ending: 'resized', reason: OTHER_SIZE };
    this.#ring.close();
    const wasOpen = this.#input !== undefined;
    return {
      ...runVerdict({
        ...{ ...status, decided: this.#decided, judgement: this.#judgement, frames: this.#count, wasOpen },
        isSoftware: this.#options.backend === 'software',
        isFile: isFile(this.#options.config.url),
      }),
      wasOpen,
      streamedMs: this.#firstAt === undefined ? 0 : this.#lastAt - this.#firstAt,
      frames: this.#delivered,
    };
  }
}
