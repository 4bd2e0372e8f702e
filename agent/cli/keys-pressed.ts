// Single keys of a terminal, for commands that react to each.

import type { ReadStream } from 'node:tty';

export type Key = 'enter' | 'backspace' | 'escape' | 'left' | 'right' | 'end' | (string & {});

const NAMED: Record<string, Key> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u001b': 'escape',
  '\u001b[D': 'left',
  '\u001b[C': 'right',
  '\u001bOD': 'left',
  '\u001bOC': 'right',
  '\u0003': 'end',
  '\u0004': 'end',
};

/** Calls back for each key until the returned function is called. Several keys in one piece (typed fast, pasted) come one by one. */
export function onKeys(press: (key: Key) => void, input: ReadStream = process.stdin): () => void {
  const hear = (piece: Buffer) => {
    const text = piece.toString('utf8');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
    for (const [key] of text.matchAll(/\u001b(?:[[O][0-9;]*[A-Za-z~])?|[\s\S]/gu)) {
      const named = NAMED[key];
      if (named) press(named);
      else if (!key.startsWith('\u001b')) press(key);
    }
  };
  const wasRaw = input.isRaw;
  input.setRawMode?.(true);
  input.on('data', hear).resume();
  return () => {
    input.off('data', hear).pause();
    input.setRawMode?.(wasRaw);
  };
}
