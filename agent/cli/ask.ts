// Questions to the person at the terminal, and secrets that are typed unseen or come through a pipe.

import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { AnprError } from '../shared/errors.ts';

export const canAsk = () => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Asks until `check` has no objection; Ctrl-C ends the command. */
export async function ask(
  question: string,
  check: (answer: string) => string | undefined = () => undefined,
  initial = '',
): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (;;) {
      const answer =
        (await lines.question(`${question}${initial ? ` [${initial}]` : ''}: `)).trim() || initial;
      const objection = check(answer);
      if (objection === undefined) return answer;
      process.stdout.write(`  ${objection}\n`);
    }
  } catch (error) {
    throw ended(error);
  } finally {
    lines.close();
  }
}

export async function confirm(question: string, initial: boolean): Promise<boolean> {
  const answer = await ask(`${question} ${initial ? '[Y/n]' : '[y/N]'}`);
  return answer === '' ? initial : /^y/i.test(answer);
}

/** A line that is not shown while it is typed. */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stdout } = process;
  stdout.write(`${question}: `);
  stdin.setRawMode(true);
  stdin.resume();
  let secret = '';
  try {
    for await (const part of stdin.iterator({ destroyOnReturn: false })) {
      for (const character of String(part)) {
        if (character === '\r' || character === '\n') return secret;
        if (character === '\u0003' || character === '\u0004') throw ended();
        secret = character === '\u007f' || character === '\b' ? secret.slice(0, -1) : secret + character;
      }
    }
    return secret;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write('\n');
  }
}

/** All of standard input, without the newline at its end. */
export async function secretFromPipe(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

function ended(cause?: unknown): AnprError {
  return new AnprError('usage.ended', 'ended without a change', undefined, { cause });
}
