// Between the stream and whoever looks at its frames. A camera goes on whether somebody looks or not, so only its newest
// frame waits and the ones before it are dropped and counted. A recorded video waits instead.

import type { Frame } from './frame.ts';

export class FrameQueue {
  readonly #keep: 'newest' | 'every';
  readonly #onTaken: () => void;
  readonly #onDropped: (frame: Frame) => void;
  #waiting: Frame[] = [];
  #end: { error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(keep: 'newest' | 'every', events: { taken(): void; dropped(frame: Frame): void }) {
    this.#keep = keep;
    this.#onTaken = events.taken;
    this.#onDropped = events.dropped;
  }

  /** With `every`: the stream should wait until a frame has been taken. */
  get isFull(): boolean {
    return this.#keep === 'every' && this.#waiting.length > 0;
  }

  put(frame: Frame): void {
    if (this.#end) {
      frame.release();
      return;
    }
    if (this.#keep === 'newest') for (const old of this.#waiting.splice(0)) this.#drop(old);
    this.#waiting.push(frame);
    this.#wake?.();
  }

  /** No more frames come; with an error, whoever waits for one gets it. What waits is still given out. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** Releases what waits. */
  clear(): void {
    for (const frame of this.#waiting.splice(0)) frame.release();
  }

  async *frames(): AsyncGenerator<Frame, void, void> {
    for (;;) {
      const frame = this.#waiting.shift();
      if (frame) {
        this.#onTaken();
        yield frame;
      } else if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }

  #drop(frame: Frame): void {
    frame.release();
    this.#onDropped(frame);
  }
}
