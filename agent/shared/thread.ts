// Calls across a thread: one request, one reply, errors with their code. Both sides are here, because they are one
// protocol; what is called is the business of the thread that serves it.

import {
  type MessagePort,
  parentPort,
  type ResourceLimits,
  type Transferable,
  Worker,
} from 'node:worker_threads';
import { AnprError, codeOf, messageOf } from './errors.ts';

/** The operations a thread serves: plain data in, plain data out. */
export type Operations = Record<string, (argument: never) => unknown>;

type ArgumentOf<O, K extends keyof O> = O[K] extends (argument: infer A) => unknown ? A : never;
type ResultOf<O, K extends keyof O> = O[K] extends (argument: never) => infer R
  ? Awaited<R> extends Moving<infer V>
    ? V
    : Awaited<R>
  : never;

/** A result of which some memory goes to the caller's thread instead of a copy of it. */
export interface Moving<T> {
  result: T;
  moved: readonly Transferable[];
  [MOVING]: true;
}

const MOVING: unique symbol = Symbol('moving');

/** For an operation to return. @param moved memory in `result`; the thread has it no more */
export const moving = <T>(result: T, moved: readonly Transferable[]): Moving<T> => ({
  result,
  moved,
  [MOVING]: true,
});

const isMoving = (value: unknown): value is Moving<unknown> =>
  typeof value === 'object' && value !== null && MOVING in value;

interface Request {
  call: number;
  operation: string;
  argument: unknown;
}

type PlainError = { code: string; message: string; remedy: string | undefined };
type Reply = { call: number; value: unknown } | { call: number; error: PlainError };
type FirstWord<Ready> = { ready: Ready } | { failed: PlainError };
type News = { news: unknown };

export interface Thread<O extends Operations, Ready> {
  /** what the thread said when it was ready */
  readonly ready: Ready;
  /** resolves when the thread is gone: with undefined after `close`, else with what ended it */
  readonly ended: Promise<AnprError | undefined>;
  /** @param moved memory in `argument` that goes to the thread instead of a copy of it */
  call<K extends keyof O & string>(
    operation: K,
    argument: ArgumentOf<O, K>,
    moved?: readonly Transferable[],
  ): Promise<ResultOf<O, K>>;
  /** Answers what was called before, then ends the thread. */
  close(): Promise<void>;
}

/**
 * Starts the thread of `module` and waits until it is ready; rejects with the error it could not start for.
 * @param stage whose thread it is: the first part of the codes `{stage}.failed` (it died) and `{stage}.closed`
 * @param onNews hears what the thread tells without being asked, in order with its answers
 * @param limits of its heap; a thread that needs more ends, with `{stage}.failed`. Default: Node's own, half the memory there is
 */
export async function startThread<O extends Operations, Ready>(
  module: URL,
  workerData: unknown,
  stage: string,
  onNews: (news: never) => void = () => {},
  limits: ResourceLimits = {},
): Promise<Thread<O, Ready>> {
  // Without the flags of the main thread: a test runner's hooks there cost a second each.
  const worker = new Worker(module, { workerData, execArgv: [], resourceLimits: limits });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: AnprError): void }>();
  const first = Promise.withResolvers<Ready>();
  const ended = Promise.withResolvers<AnprError | undefined>();
  let lastCall = 0;
  let closing = false;
  let failure: AnprError | undefined;

  worker.on('message', (message: Reply | FirstWord<Ready> | News) => {
    if ('news' in message) onNews(message.news as never);
    else if ('ready' in message) first.resolve(message.ready);
    else if ('failed' in message) first.reject(errorOf(message.failed));
    else {
      const caller = waiting.get(message.call);
      waiting.delete(message.call);
      if ('error' in message) caller?.reject(errorOf(message.error));
      else caller?.resolve(message.value);
    }
  });
  worker.on('error', (error) => {
    failure = new AnprError(
      `${stage}.failed`,
      `The thread of the ${stage} failed: ${messageOf(error)}`,
      undefined,
      {
        cause: error,
      },
    );
  });
  worker.on('exit', () => {
    if (!closing) failure ??= new AnprError(`${stage}.failed`, `The thread of the ${stage} ended by itself`);
    const error = failure ?? new AnprError(`${stage}.closed`, `The ${stage} is closed`);
    first.reject(error);
    for (const caller of waiting.values()) caller.reject(error);
    waiting.clear();
    ended.resolve(failure);
  });

  const call = (
    operation: string,
    argument: unknown,
    moved: readonly Transferable[] = [],
  ): Promise<unknown> => {
    if (closing) return Promise.reject(new AnprError(`${stage}.closed`, `The ${stage} is closed`));
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      const request: Request = { call: ++lastCall, operation, argument };
      waiting.set(request.call, { resolve, reject });
      worker.postMessage(request, moved);
    });
  };

  let ready: Ready;
  try {
    ready = await first.promise;
  } catch (error) {
    closing = true;
    await worker.terminate();
    throw error;
  }
  return {
    ready,
    ended: ended.promise,
    call: call as Thread<O, Ready>['call'],
    async close() {
      if (!closing) {
        closing = true;
        worker.postMessage('close');
      }
      await ended.promise;
    },
  };
}

/**
 * The thread's side. `open` runs first: what it returns is told to the other side as `ready`, with the operations
 * to serve; `close` runs after the last call was answered. `tell` sends news at any time.
 */
export function serveThread<O extends Operations, Ready>(
  open: (tell: (news: unknown) => void) => { ready: Ready; operations: O; close(): void },
): void {
  const port = parentPort as MessagePort;
  let opened: ReturnType<typeof open>;
  try {
    opened = open((news) => port.postMessage({ news } satisfies News));
  } catch (error) {
    port.postMessage({ failed: plainOf(error) });
    return;
  }
  const { ready, operations, close } = opened;
  const running = new Set<Promise<void>>();

  async function answer({ call, operation, argument }: Request): Promise<void> {
    try {
      const value = await operations[operation]!(argument as never);
      if (isMoving(value)) port.postMessage({ call, value: value.result }, value.moved);
      else port.postMessage({ call, value });
    } catch (error) {
      port.postMessage({ call, error: plainOf(error) });
    }
  }

  port.on('message', async (message: Request | 'close') => {
    if (message === 'close') {
      await Promise.all(running);
      close();
      port.close();
      return;
    }
    const done = answer(message);
    running.add(done);
    await done;
    running.delete(done);
  });
  port.postMessage({ ready });
}

function plainOf(error: unknown): PlainError {
  return {
    code: codeOf(error),
    message: messageOf(error),
    remedy: error instanceof AnprError ? error.remedy : undefined,
  };
}

function errorOf({ code, message, remedy }: PlainError): AnprError {
  return new AnprError(code, message, remedy);
}
