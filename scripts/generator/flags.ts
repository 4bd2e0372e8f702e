// What a generator's flags may be.

import { existsSync, readFileSync } from 'node:fs';
import { type Address, addressOf } from '../../agent/contract/index.ts';

export function secondsIn(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 86_400)) throw new Error(`wanted --${name} in seconds, found "${text}"`);
  return value;
}

export function wholeIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= least && value <= most))
    throw new Error(`wanted a whole number from ${least} to ${most} for --${name}, found "${text}"`);
  return value;
}

/** `3/10` → the third of ten. */
export function shareIn(text: string | undefined): { share: number; of: number } | undefined {
  if (text === undefined) return undefined;
  const [, share, of] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (!share || !of || share > of) throw new Error(`wanted --share K/N, K from 1 to N, found "${text}"`);
  return { share: share - 1, of };
}

export function boxesIn(file: string): Address[] {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const address = addressOf(`anpr/1/${line.trim()}/read`);
    if (address?.name !== 'read' || !/^[A-Za-z0-9_/-]+$/.test(line.trim()))
      throw new Error(`${file}, line ${index + 1}: wanted SITE/BOX`);
    return [{ site: address.site, box: address.box }];
  });
}
