// A file that a command was asked to write: when that fails, whoever typed its name is told, and no stack.

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
