// Notices a link that has died without a word, within 1.5 keep-alives, whatever else goes on. mqtt.js looks at the
// link only while nothing is published, and never at a PUBACK that doesn't come.

/** A picture takes long on a slow link, and answers wait behind it: this slow may the link be, bytes per millisecond. */
const SLOWEST_BYTES_PER_MS = 4;
/** Messages below this size don't delay an answer noticeably. */
const LARGE_BYTES = 32 * 1024;

export interface LinkWatch {
  /** Any packet has come in. */
  heard(): void;
  /** A large message is on its way: answers may come later. Returns what ends that; undefined for a small one. */
  carrying(sizeBytes: number): (() => void) | undefined;
  close(): void;
}

/**
 * @param ping is called when nothing was heard for one keep-alive
 * @param onSilence is called once, when nothing was heard for one and a half
 */
export function watchLink(keepAliveMs: number, ping: () => void, onSilence: () => void): LinkWatch {
  let heardAtMs = performance.now();
  let pinged = false;
  let carriedBytes = 0;
  let timer = setTimeout(check, keepAliveMs);

  function check(): void {
    const silentMs = performance.now() - heardAtMs;
    const limitMs = keepAliveMs * 1.5 + carriedBytes / SLOWEST_BYTES_PER_MS;
    if (silentMs >= limitMs) {
      onSilence();
      return;
    }
    if (silentMs >= keepAliveMs && !pinged) {
      pinged = true;
      ping();
    }
    const nextMs = silentMs < keepAliveMs ? keepAliveMs : limitMs;
    timer = setTimeout(check, Math.max(1, Math.ceil(nextMs - silentMs)));
  }

  return {
    heard() {
      heardAtMs = performance.now();
      pinged = false;
    },
    carrying(sizeBytes) {
      if (sizeBytes < LARGE_BYTES) return undefined;
      carriedBytes += sizeBytes;
      return () => {
        carriedBytes -= sizeBytes;
      };
    },
    close: () => clearTimeout(timer),
  };
}

export interface PubackWatch<T> {
  /** `done` is called once: with the answer that `settle` is told, or with undefined. */
  add(messageId: number, sizeBytes: number, done: (answer: T | undefined) => void): void;
  has(messageId: number): boolean;
  /** The answer has come; one to a message that does not wait says nothing. */
  settle(messageId: number, answer: T): void;
  /** Nothing waits any more: each `done` is called with undefined. */
  abandon(): void;
}

/** Messages that wait for their PUBACK, oldest first; `onSilence` when the oldest has waited too long. */
export function watchPubacks<T>(timeoutMs: number, onSilence: () => void): PubackWatch<T> {
  const waiting = new Map<number, { dueMs: number; done: (answer: T | undefined) => void }>();
  let timer: NodeJS.Timeout | undefined;

  const check = () => {
    timer = undefined;
    const oldest = waiting.values().next().value;
    if (oldest === undefined) return;
    const leftMs = oldest.dueMs - performance.now();
    if (leftMs <= 0) onSilence();
    else timer = setTimeout(check, Math.ceil(leftMs));
  };

  function settle(messageId: number, answer: T | undefined): void {
    const found = waiting.get(messageId);
    if (!found) return;
    waiting.delete(messageId);
    found.done(answer);
  }

  return {
    add(messageId, sizeBytes, done) {
      const extraMs = sizeBytes < LARGE_BYTES ? 0 : sizeBytes / SLOWEST_BYTES_PER_MS;
      waiting.set(messageId, { dueMs: performance.now() + timeoutMs + extraMs, done });
      timer ??= setTimeout(check, timeoutMs);
    },
    has: (messageId) => waiting.has(messageId),
    settle,
    abandon() {
      clearTimeout(timer);
      timer = undefined;
      for (const messageId of [...waiting.keys()]) settle(messageId, undefined);
    },
  };
}
