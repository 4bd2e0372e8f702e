// A tar archive of small texts (POSIX ustar), gzipped: what a support bundle needs, and nothing more. Pure.

import { gzipSync } from 'node:zlib';

export interface ArchiveFile {
  /** path inside the archive, at most 100 bytes */
  name: string;
  content: string | Uint8Array;
}

const BLOCK_BYTES = 512;

/** @param at UTC epoch milliseconds: the files' time */
export function tarGz(files: readonly ArchiveFile[], at: number): Buffer {
  const parts = files.flatMap(({ name, content }) => {
    const bytes = Buffer.from(content as Uint8Array);
    const padding = Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return [headerOf(name, bytes.length, at), bytes, padding];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]));
}

function headerOf(name: string, sizeBytes: number, at: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`a name of more than 100 bytes: ${name}`);
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o640, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(sizeBytes, 11), 124);
  header.write(octal(Math.floor(at / 1000), 11), 136);
  header.fill(' ', 148, 156);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
