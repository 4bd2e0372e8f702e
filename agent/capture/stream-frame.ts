// A frame whose full-size planes lie in a ring file. Reading is a positioned read of just the rows that are asked for.

import type { Frame, Plane, Planes } from './frame.ts';
import type { FrameRing, RingFile } from './frame-ring.ts';

/** Bytes of one full-size frame as ffmpeg writes yuv420p: no padding, chroma rounded up. */
export function frameBytes(widthPx: number, heightPx: number): number {
  return widthPx * heightPx + 2 * halved(widthPx) * halved(heightPx);
}

export interface StreamFrameParts {
  camera: string;
  sequence: number;
  capturedAt: number;
  width: number;
  height: number;
  small: Plane;
}

export class StreamFrame implements Frame {
  readonly camera: string;
  readonly sequence: number;
  readonly capturedAt: number;
  readonly width: number;
  readonly height: number;
  readonly small: Plane;
  readonly #ring: FrameRing;
  readonly #file: RingFile;

  constructor(parts: StreamFrameParts, ring: FrameRing, file: RingFile) {
    this.camera = parts.camera;
    this.sequence = parts.sequence;
    this.capturedAt = parts.capturedAt;
    this.width = parts.width;
    this.height = parts.height;
    this.small = parts.small;
    this.#ring = ring;
    this.#file = file;
  }

  rows(top: number, bottom: number): Plane | undefined {
    const first = Math.max(0, Math.min(Math.floor(top), this.height));
    const height = Math.max(0, Math.min(Math.ceil(bottom), this.height) - first);
    const data = this.#ring.read(this.#file, first * this.width, height * this.width);
    return data && { data, width: this.width, height };
  }

  planes(): Planes | undefined {
    const { width, height } = this;
    const chroma = { width: halved(width), height: halved(height) };
    const bytes = this.#ring.read(this.#file, 0, frameBytes(width, height));
    if (!bytes) return undefined;
    const ySize = width * height;
    const chromaSize = chroma.width * chroma.height;
    return {
      y: { data: bytes.subarray(0, ySize), width, height },
      u: { data: bytes.subarray(ySize, ySize + chromaSize), ...chroma },
      v: { data: bytes.subarray(ySize + chromaSize), ...chroma },
    };
  }

  release(): void {
    this.#ring.retire(this.#file);
  }
}

function halved(lengthPx: number): number {
  return Math.ceil(lengthPx / 2);
}
