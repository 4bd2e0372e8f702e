// A sequence that says, too, when nothing has come for a while.

/** The items as they come, and `null` each time that none has come for `quietMs` milliseconds. */
export async function* withPauses<T>(items: AsyncIterable<T>, quietMs: number): AsyncGenerator<T | null> {
  const iterator = items[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<T>> | undefined;
  try {
    for (;;) {
      next ??= iterator.next();
      const came = await orQuiet(next, quietMs);
      if (came === null) {
        yield null;
        continue;
      }
      next = undefined;
      if (came.done) return;
      yield came.value;
    }
  } finally {
    // While one is awaited the source would answer only with that one: whoever ends here does not wait for it.
    const ended = iterator.return?.();
    if (next) {
      next.catch(() => undefined);
      ended?.catch(() => undefined);
    } else await ended;
  }
}

function orQuiet<T>(next: Promise<T>, quietMs: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), quietMs);
    next.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
