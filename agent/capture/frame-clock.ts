// When was a frame taken? The stream's own time stamps tell the distances exactly and the box's clock tells where they
// lie; the moment that a frame reached this process tells neither, because it comes late by network, decoder and a
// busy event loop. But it never comes early: the least delay of the last while is the best anchor. Pure: the caller
// brings the time.

export interface FrameClockOptions {
  /**
   * `live`: anchored to the earliest arrival, followed slowly. `fixed`: anchored once, to the first frame; for a
   * recorded video, whose frames arrive as fast as they are asked for.
   */
  anchor: 'live' | 'fixed';
  /** how far back the least delay is looked for; drift of the camera's clock is followed within this time */
  windowMs?: number;
  /** a frame that is later than this against the anchor is a new time line, not a late frame */
  jumpMs?: number;
}

const WINDOW_MS = 60_000;
const WINDOW_PARTS = 6;
const JUMP_MS = 15_000;

export class FrameClock {
  readonly #options: Required<FrameClockOptions>;
  /** least (arrival - stream time) of each part of the window, oldest first */
  #least: { fromMs: number; offsetMs: number }[] = [];
  #lastStreamMs = Number.NaN;
  #lastCapturedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FrameClockOptions) {
    this.#options = { windowMs: WINDOW_MS, jumpMs: JUMP_MS, ...options };
  }

  /**
   * @param streamMs the frame's time stamp in the stream
   * @param arrivedAt the box's clock when the frame got here, UTC epoch milliseconds
   * @returns capturedAt; never earlier than the last one unless the box's own clock was set back
   */
  capturedAt(streamMs: number, arrivedAt: number): number {
    const offsetMs = arrivedAt - streamMs;
    const backwards = streamMs < this.#lastStreamMs;
    const jumped = Math.abs(offsetMs - this.#anchorMs(offsetMs)) > this.#options.jumpMs;
    if (backwards || (jumped && this.#options.anchor === 'live')) this.restart();
    this.#lastStreamMs = streamMs;
    this.#note(offsetMs, arrivedAt);
    const capturedAt = Math.round(streamMs + this.#anchorMs(offsetMs));
    const setBack = this.#lastCapturedAt - capturedAt > this.#options.jumpMs;
    this.#lastCapturedAt = setBack ? capturedAt : Math.max(capturedAt, this.#lastCapturedAt);
    return this.#lastCapturedAt;
  }

  /** The stream was started anew: its time stamps have nothing to do with the ones before. */
  restart(): void {
    this.#least = [];
    this.#lastStreamMs = Number.NaN;
  }

  #note(offsetMs: number, arrivedAt: number): void {
    if (this.#options.anchor === 'fixed') {
      if (this.#least.length === 0) this.#least.push({ fromMs: arrivedAt, offsetMs });
      return;
    }
    const partMs = this.#options.windowMs / WINDOW_PARTS;
    const part = this.#least.at(-1);
    if (part && arrivedAt - part.fromMs < partMs && arrivedAt >= part.fromMs)
      part.offsetMs = Math.min(part.offsetMs, offsetMs);
    else this.#least.push({ fromMs: arrivedAt, offsetMs });
    if (this.#least.length > WINDOW_PARTS) this.#least.shift();
  }

  #anchorMs(otherwise: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const part of this.#least) least = Math.min(least, part.offsetMs);
    return least === Number.POSITIVE_INFINITY ? otherwise : least;
  }
}
