// A frame: one decoded picture of one camera with its capture time. The small luma plane is there until the frame is
// released; the full-size planes are read only when somebody asks, and cannot be once the frame is released or overtaken.

/** One plane of 8-bit samples, row after row without padding: `data.length >= width * height`. */
export interface Plane {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Full-size planes as ffmpeg's yuv420p has them: chroma at half width and height (rounded up). */
export interface Planes {
  y: Plane;
  u: Plane;
  v: Plane;
}

/** The colour beside a luma plane: two planes of half its width and height (rounded up). */
export interface Chroma {
  u: Plane;
  v: Plane;
  /** how these numbers become RGB: `video` is BT.709 at limited range, `jpeg` is BT.601 at full range */
  space: 'video' | 'jpeg';
}

export interface Frame {
  /** id of the camera, or the file's name for a still picture */
  camera: string;
  /** counts decoded frames of this stream from 0; a hole is a dropped frame */
  sequence: number;
  /** UTC epoch milliseconds, from the stream's own timestamps anchored to the box's clock */
  capturedAt: number;
  /** size of the full picture in pixels */
  width: number;
  height: number;
  /** the whole picture scaled down (luma), for motion and detection; same shape within rounding */
  small: Plane;
  /** the colour of `small`; absent when nobody asked for it, and for grey sources */
  smallChroma?: Chroma | undefined;
  /**
   * Rows `top` (inclusive) to `bottom` (exclusive) of the full-size luma plane, full width.
   * Undefined when the frame has been overtaken: its full-size planes are no longer kept.
   */
  rows(top: number, bottom: number): Plane | undefined;
  /**
   * The colour of the full-size luma rows `top` to `bottom`: chroma rows floor(top / 2) to ceil(bottom / 2), full width.
   * Undefined like `rows`, and for grey sources.
   */
  chromaRows?(top: number, bottom: number): Chroma | undefined;
  /** All three full-size planes for an overview picture; undefined like `rows`. Chroma is absent for grey sources. */
  planes(): Planes | { y: Plane } | undefined;
  /**
   * The frame is done with: its small copy and the rows that were asked for are given back (a plane of them is empty
   * afterwards); what `planes` gave stays with whoever has it. Safe to call twice.
   */
  release(): void;
}
