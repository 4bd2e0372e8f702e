// A thread that reads the journal, started with the first question and again after the file was replaced. Two of them
// run: a search over a year of reads must not hold up the uplink.

import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { startThread, type Thread } from '../shared/thread.ts';
import type { QueryOperations, QueryOptions } from './query-thread.ts';

type Call = Thread<QueryOperations, undefined>['call'];

export interface Reader {
  /** Damage that is met while reading is mended, and the question asked again. */
  call: Call;
  /** Lets go of the file; the next question opens it again. */
  release(): Promise<void>;
}

/** A look at the file, the file set aside, and what comes after it. */
const MAX_ATTEMPTS = 4;

/**
 * @param mend called with what SQLite said when the file turned out to be damaged
 * @param isOver true: the journal is closed, and nothing is opened again
 */
export function createReader(
  options: QueryOptions,
  mend: (why: string) => Promise<void>,
  isOver: () => boolean,
): Reader {
  let thread: Promise<Thread<QueryOperations, undefined>> | undefined;

  const open = () => {
    thread ??= startThread<QueryOperations, undefined>(
      new URL('./query-thread.ts', import.meta.url),
      options,
      'journal',
    ).catch((error) => {
      thread = undefined;
      throw error;
    });
    return thread;
  };

  async function release(): Promise<void> {
    const last = thread;
    thread = undefined;
    await (await last?.catch(() => undefined))?.close();
  }

  const call: Call = async (operation, argument) => {
    for (let attempt = 1; ; attempt++) {
      // A thread that begins now would keep the process from ending.
      if (isOver()) throw new AnprError('journal.closed', 'The journal is closed');
      try {
        return await (await open()).call(operation, argument);
      } catch (error) {
        // 'closed': the file was replaced between the question and the answer.
        const mendable = ['journal.damaged', 'journal.closed'].includes(codeOf(error));
        if (!mendable || attempt === MAX_ATTEMPTS || isOver()) throw error;
        if (codeOf(error) === 'journal.damaged') await mend(messageOf(error));
        await release();
      }
    }
  };

  return { call, release };
}
