// A file that a command was asked to write: when that fails, whoever typed its name is told, and no stack.

import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { AnprError } from '../shared/errors.ts';
import { whyNotWritten } from '../shared/file-fault.ts';

/** @throws {AnprError} `usage.unwritable` */
export function written<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new AnprError(
      'usage.unwritable',
      `cannot write ${path}: ${whyNotWritten(error)}`,
      'Name another place.',
      {
        cause: error,
      },
    );
  }
}

/** Before long work whose end it is: what could not be written then is refused now. @throws {AnprError} `usage.unwritable` */
export function willBeWritten(path: string): void {
  written(path, () => {
    if (existsSync(path)) closeSync(openSync(path, 'r+'));
    else accessSync(`${dirname(path)}/`, constants.W_OK);
  });
}
