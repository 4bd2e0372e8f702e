// From the paths somebody typed to the pictures meant: files as they are, folders with all that is in them.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Known picture files; others in a folder are passed over, but tried when named themselves. */
const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png']);
/** What `--annotate` writes is no input. */
export const ANNOTATED = '.annotated.jpg';

export interface PicturePath {
  file: string;
  /** its place below the folder that was named, or the file's bare name */
  name: string;
}

/**
 * Files in the given order; the files of a folder and of the folders in it sorted by path. A path that does not exist
 * stays in the list: whoever opens it says what is wrong.
 */
export async function picturesOf(paths: readonly string[]): Promise<PicturePath[]> {
  const pictures: PicturePath[] = [];
  for (const given of paths) {
    const isFolder = await stat(given).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) {
      pictures.push({ file: given, name: path.basename(given) });
      continue;
    }
    const entries = await readdir(given, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory() && isPicture(entry.name))
      .map((entry) => path.relative(given, path.join(entry.parentPath, entry.name)))
      .sort();
    pictures.push(...names.map((name) => ({ file: path.join(given, name), name })));
  }
  return pictures;
}

export function isPicture(name: string): boolean {
  return (
    EXTENSIONS.has(path.extname(name).toLowerCase()) && !name.startsWith('.') && !name.endsWith(ANNOTATED)
  );
}
