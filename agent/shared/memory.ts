// Memory of pictures, outside V8's heap. The collector does not feel its weight until tens of megabytes are garbage, and
// then looks through everything, several times a minute: what is done with is given back by hand.

/** Bytes that hold whatever was there: for what is written over at once. */
export function uncleared(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
}

/**
 * Frees the memory at once: `bytes` and every other view of it is empty from now on. Safe to call twice. Small buffers
 * of Node's lie in a pool together and are left to the collector.
 */
export function giveBack({ buffer, byteLength }: Pick<Uint8Array, 'buffer' | 'byteLength'>): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached) return;
  if (buffer.byteLength === byteLength || buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
