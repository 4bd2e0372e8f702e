// Why a file could not be read or written, in words for whoever named it.

import { codeOf, messageOf } from './errors.ts';

/** What was found in place of a file that was to be read, as in `wanted a report in x, found a folder`. */
export function foundInstead(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'no such file';
    case 'EISDIR':
      return 'a folder';
    case 'EACCES':
    case 'EPERM':
      return 'a file that this user may not read';
    default:
      return messageOf(error);
  }
}

/** Why a file could not be written, as in `cannot write x: the disk is full`. */
export function whyNotWritten(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such folder';
    case 'ENOTDIR':
    case 'EEXIST': // as mkdir says it
      return 'a part of its path is no folder';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return messageOf(error);
  }
}
