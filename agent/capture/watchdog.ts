// Notices that something has stopped coming. Only frames count: a connection can be alive and ffmpeg content while no
// picture comes any more.

import { performance } from 'node:perf_hooks';

/** A busy event loop runs timers before it reads what came meanwhile: what is late gets one more chance. */
const GRACE_MS = 250;

export class Watchdog {
  readonly #onSilence: (silentMs: number) => void;
  #lastAt = performance.now();
  #limitMs: number;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param onSilence called once, after nothing was seen for the limit */
  constructor(limitMs: number, onSilence: (silentMs: number) => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#wait(limitMs);
  }

  /** It came; the next is due within `limitMs`. */
  seen(limitMs: number): void {
    this.#lastAt = performance.now();
    const sooner = limitMs < this.#limitMs;
    this.#limitMs = limitMs;
    if (sooner && !this.#closed) this.#wait(limitMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** One timer, not one for each frame: when it strikes, it looks how long the silence is. */
  #wait(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), afterMs);
  }

  #look(): void {
    const seenAt = this.#lastAt;
    const leftMs = seenAt + this.#limitMs - performance.now();
    if (leftMs > 0) {
      this.#wait(leftMs);
      return;
    }
    this.#timer = setTimeout(() => {
      if (this.#lastAt !== seenAt) this.#look();
      else this.#onSilence(performance.now() - seenAt);
    }, GRACE_MS);
  }
}
