// A frame whose full-size planes lie in a ring file. Reading is a positioned read of just the rows that are asked for.

import { giveBack } from '../shared/memory.ts';
import type { Chroma, Frame, Plane, Planes } from './frame.ts';
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
  smallChroma?: Chroma | undefined;
}

export class StreamFrame implements Frame {
  readonly camera: string;
  readonly sequence: number;
  readonly capturedAt: number;
  readonly width: number;
  readonly height: number;
  readonly small: Plane;
  readonly smallChroma: Chroma | undefined;
  readonly #ring: FrameRing;
  readonly #file: RingFile;
  /** rows that were asked for, until the frame is released */
  readonly #lent: Uint8Array[] = [];

  constructor(parts: StreamFrameParts, ring: FrameRing, file: RingFile) {
    this.camera = parts.camera;
    this.sequence = parts.sequence;
    this.capturedAt = parts.capturedAt;
    this.width = parts.width;
    this.height = parts.height;
    this.small = parts.small;
    this.smallChroma = parts.smallChroma;
    this.#ring = ring;
    this.#file = file;
  }

  rows(top: number, bottom: number): Plane | undefined {
    const first = Math.max(0, Math.min(Math.floor(top), this.height));
    const height = Math.max(0, Math.min(Math.ceil(bottom), this.height) - first);
    const data = this.#lend(first * this.width, height * this.width);
    return data && { data, width: this.width, height };
  }

  chromaRows(top: number, bottom: number): Chroma | undefined {
    const [width, height] = [halved(this.width), halved(this.height)];
    const first = Math.max(0, Math.min(Math.floor(top / 2), height));
    const count = Math.max(0, Math.min(Math.ceil(bottom / 2), height) - first);
    const read = (planeStart: number) => this.#lend(planeStart + first * width, count * width);
    const ySize = this.width * this.height;
    const u = read(ySize);
    const v = read(ySize + width * height);
    const size = { width, height: count };
    return u && v && { u: { data: u, ...size }, v: { data: v, ...size }, space: 'video' };
  }

  planes(): Planes | undefined {
    const { width, height } = this;
    const bytes = this.#ring.read(this.#file, 0, frameBytes(width, height));
    return bytes && planesOf(bytes, width, height);
  }

  release(): void {
    this.#ring.retire(this.#file);
    for (const bytes of this.#lent.splice(0)) giveBack(bytes);
    giveBack(this.small.data);
  }

  #lend(offsetBytes: number, lengthBytes: number): Uint8Array | undefined {
    const bytes = this.#ring.read(this.#file, offsetBytes, lengthBytes);
    if (bytes) this.#lent.push(bytes);
    return bytes;
  }
}

/** The three planes that lie one after the other in `bytes`; nothing is copied. */
export function planesOf(bytes: Uint8Array, width: number, height: number): Planes {
  const chroma = { width: halved(width), height: halved(height) };
  const ySize = width * height;
  const chromaSize = chroma.width * chroma.height;
  return {
    y: { data: bytes.subarray(0, ySize), width, height },
    u: { data: bytes.subarray(ySize, ySize + chromaSize), ...chroma },
    v: { data: bytes.subarray(ySize + chromaSize, ySize + 2 * chromaSize), ...chroma },
  };
}

function halved(lengthPx: number): number {
  return Math.ceil(lengthPx / 2);
}
