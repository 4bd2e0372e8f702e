// When was a frame taken? The stream's own time stamps tell the distances exactly and the box's clock tells where they
// lie; the moment that a frame reached this process tells neither, because it comes late by network, decoder and a
// busy event loop. But it never comes early: the least delay of the last while is the best anchor. When somebody sets the box's
// clock the anchor moves with it at once: a clock that nobody sets tells by how much. Pure: the caller brings the time.

/** One moment on two clocks. */
export interface Moment {
  /** the box's clock, UTC epoch milliseconds */
  at: number;
  /** a clock that nobody sets, in milliseconds from anywhere */
  steadyMs: number;
}

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

/**
 * ffmpeg looks at the first seconds of a stream before it lets go of them all at once: until the anchor has stopped
 * moving by more than this from frame to frame, frames come later than they claim.
 */
const SETTLED_MS = 15;
const SETTLED_FRAMES = 2;
const LONGEST_SETTLING_MS = 4000;

/** Where times would have to go back, as after a small step of the box's clock, they go on this much slower than the stream until they fit. */
const CATCHING_UP = 0.5;

/** The clocks are read to a millisecond or two; what they differ by more from before is a step. A smaller one is forgotten with the window. */
const STEP_MS = 10;

const WINDOW_MS = 60_000;
const WINDOW_PARTS = 6;
const JUMP_MS = 15_000;

export class FrameClock {
  readonly #options: Required<FrameClockOptions>;
  /** least (arrival - stream time) of each part of the window, oldest first */
  #least: { fromMs: number; offsetMs: number }[] = [];
  #lastStreamMs = Number.NaN;
  #lastCapturedAt = Number.NEGATIVE_INFINITY;
  #startedAt = Number.NaN;
  #steadyFrames = 0;
  #settled = false;
  /** the box's clock less the steady one, when it was last set */
  #aheadMs = Number.NaN;

  constructor(options: FrameClockOptions) {
    this.#options = { windowMs: WINDOW_MS, jumpMs: JUMP_MS, ...options };
  }

  /**
   * @param streamMs the frame's time stamp in the stream
   * @param arrived when the frame got here
   * @returns capturedAt; once settled later than the last one, unless the box's own clock was set back by a lot. It never stands
   *   still while frames come: nobody would look at frames between which no time has passed.
   */
  capturedAt(streamMs: number, arrived: Moment): number {
    const arrivedAt = arrived.at;
    this.#followSteps(arrived);
    const offsetMs = arrivedAt - streamMs;
    const backwards = streamMs < this.#lastStreamMs;
    const jumped = Math.abs(offsetMs - this.#anchorMs(offsetMs)) > this.#options.jumpMs;
    if (backwards || (jumped && this.#options.anchor === 'live')) this.restart();
    const sinceLastMs = streamMs - this.#lastStreamMs;
    this.#lastStreamMs = streamMs;
    const before = this.#anchorMs(Number.POSITIVE_INFINITY);
    this.#note(offsetMs, arrivedAt);
    this.#steadyFrames = before - this.#anchorMs(offsetMs) > SETTLED_MS ? 0 : this.#steadyFrames + 1;
    if (before === Number.POSITIVE_INFINITY) this.#startedAt = arrivedAt;
    this.#settled ||=
      this.#steadyFrames >= SETTLED_FRAMES || arrivedAt - this.#startedAt > LONGEST_SETTLING_MS;
    const capturedAt = Math.round(streamMs + this.#anchorMs(offsetMs));
    if (!this.isSettled) return capturedAt;
    const setBack = this.#lastCapturedAt - capturedAt > this.#options.jumpMs;
    const earliest = this.#lastCapturedAt + Math.round((sinceLastMs || 0) * CATCHING_UP);
    this.#lastCapturedAt = setBack ? capturedAt : Math.max(capturedAt, earliest);
    return this.#lastCapturedAt;
  }

  /** False for the first frames of a live stream, whose times are still too late. */
  get isSettled(): boolean {
    return this.#settled || this.#options.anchor === 'fixed';
  }

  /** The stream was started anew: its time stamps have nothing to do with the ones before. */
  restart(): void {
    this.#least = [];
    this.#lastStreamMs = Number.NaN;
    this.#steadyFrames = 0;
    this.#settled = false;
  }

  /** Slewing moves both clocks alike: only a step makes them differ by something else than before. */
  #followSteps({ at, steadyMs }: Moment): void {
    const stepMs = at - steadyMs - this.#aheadMs;
    if (Math.abs(stepMs) < STEP_MS) return;
    this.#aheadMs = at - steadyMs;
    if (Number.isNaN(stepMs) || this.#options.anchor === 'fixed') return;
    for (const part of this.#least) {
      part.fromMs += stepMs;
      part.offsetMs += stepMs;
    }
    this.#startedAt += stepMs;
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
