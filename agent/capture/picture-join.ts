// Joins the small planes that come through the pipe with the full-size files in the ring; ffmpeg writes both in no fixed order.

import type { FrameRing, RingFile } from './frame-ring.ts';

const FILE_RETRY_MS = 2;
/** So many frames in a row without their file: it has another size than expected. */
const FRAMES_WITHOUT_FILE = 5;

/** A small plane that waits for its file. */
export interface Picture {
  number: number;
  sequence: number;
  capturedAt: number;
  data: Uint8Array;
}

export interface JoinEvents {
  joined(picture: Picture, file: RingFile): void;
  /** its file did not come in time */
  dropped(): void;
  /** files have another size than expected */
  resized(): void;
  /** nothing more is given out */
  isOver(): boolean;
  /** as much has been given out as can be */
  advanced(): void;
}

export class PictureJoin {
  readonly #ring: Pick<FrameRing, 'arrive' | 'discard'>;
  /** frames may be held up, and none is dropped for want of its file */
  readonly #isPatient: boolean;
  readonly #events: JoinEvents;
  readonly #waiting: Picture[] = [];
  #isSizeKnown = false;
  #withoutFile = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(ring: Pick<FrameRing, 'arrive' | 'discard'>, isPatient: boolean, events: JoinEvents) {
    this.#ring = ring;
    this.#isPatient = isPatient;
    this.#events = events;
  }

  add(picture: Picture): void {
    this.#waiting.push(picture);
    this.#advance();
  }

  /** Before it is, no file can be told whole from half. */
  sizeIsKnown(): void {
    this.#isSizeKnown = true;
    this.#advance();
  }

  /** Files are complete now: gives out what came last. Returns how many are left without a file. */
  end(): number {
    this.#advance();
    clearTimeout(this.#retry);
    return this.#waiting.length;
  }

  #advance(): void {
    clearTimeout(this.#retry);
    for (let first = this.#waiting[0]; first && !this.#events.isOver(); first = this.#waiting[0])
      if (!this.#isSizeKnown || !this.#give(first)) {
        this.#retry = setTimeout(() => this.#advance(), FILE_RETRY_MS);
        break;
      }
    this.#events.advanced();
  }

  /** False when the picture has to wait for its file. */
  #give(picture: Picture): boolean {
    const arrival = this.#ring.arrive(picture.number);
    if (arrival.is === 'ready') {
      this.#withoutFile = 0;
      this.#waiting.shift();
      this.#events.joined(picture, arrival.file);
      return true;
    }
    const behind = this.#isPatient ? this.#waiting.length - 1 : this.#withoutFile;
    if (arrival.is === 'resized' || behind >= FRAMES_WITHOUT_FILE) {
      this.#events.resized();
      return true;
    }
    if (this.#isPatient || this.#waiting.length === 1) return false;
    this.#waiting.shift();
    this.#ring.discard(picture.number);
    this.#withoutFile++;
    this.#events.dropped();
    return true;
  }
}
