// Options that several commands share, and how their values are read.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { timeOf } from './times.ts';

export const configOption = () =>
  new Option('-c, --config <file>', 'configuration file (default: $ANPR_CONFIG, else /etc/anpr/agent.yaml)');

export const jsonOption = (what: string) => new Option('--json', what);

/** For whatever shows what was read: the audit log keeps it. */
export const reasonOption = () =>
  new Option('--reason <text>', "why you look, for the audit log, like a case's number");

/** Puts an Example into the command's help. */
export function example(command: Command, ...lines: string[]): Command {
  const title = lines.length > 1 ? 'Examples' : 'Example';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** UTC epoch milliseconds of a time as people write it. */
export function time(value: string): number {
  const at = timeOf(value, Date.now());
  if (at === undefined)
    throw new InvalidArgumentError('wanted a time like 2026-11-22, "2026-11-22 13:07", 13:07, today or 2h.');
  return at;
}

export function share(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError('wanted a number from 0 to 1.');
  return number;
}

export function count(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isInteger(number) || number < minimum || number > maximum)
      throw new InvalidArgumentError(`wanted a whole number from ${minimum} to ${maximum}.`);
    return number;
  };
}
