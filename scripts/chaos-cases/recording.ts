// What a process did to its files, as strace wrote it down (-f -y -xx), and what a disk could have of it after a cut.

import { readFileSync } from 'node:fs';

type Change =
  | { kind: 'write'; at: number; bytes: Buffer }
  | { kind: 'append'; bytes: Buffer }
  | { kind: 'truncate'; length: number };

type Event =
  | { kind: 'change'; path: string; change: Change }
  /** what was changed before event `began` is on the disk from here on */
  | { kind: 'sync'; path: string; began: number }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'remove'; path: string };

export interface Recording {
  /** files as they were before the first event, all of it on the disk */
  base: ReadonlyMap<string, Buffer>;
  events: readonly Event[];
}

const STRING = /"((?:\\x[0-9a-f]{2})*)"/g;
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
/** The names of strings as well: strace writes them alike. */
const textOf = (hex: string) => bytesOf(hex).toString();

/** @param isMeant which files count */
export function readRecording(
  file: string,
  base: ReadonlyMap<string, Buffer>,
  isMeant: (path: string) => boolean,
): Recording {
  const events: Event[] = [];
  /** by thread: the sync that has begun */
  const begun = new Map<string, { path: string; began: number }>();
  const add = (path: string, change: Change) =>
    isMeant(path) && events.push({ kind: 'change', path, change });
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    const [, thread = '', resumed, call = '', rest = ''] = /^(\d+) +(<\.\.\. )?(\w+)(.*)$/.exec(line) ?? [];
    const isDone = /\) += 0$/.test(rest);
    if (resumed) {
      const sync = begun.get(thread);
      if (sync && isDone && /^fd?a?t?a?sync$/.test(call)) events.push({ kind: 'sync', ...sync });
      if (/sync$/.test(call)) begun.delete(thread);
      continue;
    }
    const path = textOf(/^\(\d+<((?:\\x[0-9a-f]{2})*)>/.exec(rest)?.[1] ?? '');
    const strings = [...rest.matchAll(STRING)].map(([, hex = '']) => hex);
    // A call that failed or was cut off changed nothing that counts, or may have: both are taken for done.
    if (call === 'pwrite64') {
      const [, length = '0', at = '0'] = /", (\d+), (\d+)/.exec(rest) ?? [];
      const bytes = bytesOf(strings[0] ?? '');
      if (isMeant(path) && bytes.length !== Number(length))
        throw new Error(`strace has cut a write of ${length} bytes to ${path}`);
      add(path, { kind: 'write', at: Number(at), bytes });
    } else if (call === 'write') add(path, { kind: 'append', bytes: bytesOf(strings[0] ?? '') });
    else if (call === 'ftruncate')
      add(path, { kind: 'truncate', length: Number(/, (\d+)/.exec(rest)?.[1] ?? 0) });
    else if (call === 'fsync' || call === 'fdatasync') {
      const sync = { path, began: events.length };
      if (isDone) events.push({ kind: 'sync', ...sync });
      else begun.set(thread, sync);
    } else if (call.startsWith('rename')) {
      const [from = '', to = ''] = strings.map(textOf);
      if (isMeant(to) || isMeant(from)) events.push({ kind: 'rename', from, to });
    } else if (call.startsWith('unlink')) {
      const removed = textOf(strings[0] ?? '');
      if (isMeant(removed)) events.push({ kind: 'remove', path: removed });
    } else if (call === 'openat' && /O_TRUNC|O_CREAT/.test(rest)) {
      const opened = textOf(strings[0] ?? '');
      add(
        opened,
        rest.includes('O_TRUNC')
          ? { kind: 'truncate', length: 0 }
          : { kind: 'append', bytes: Buffer.alloc(0) },
      );
    }
  }
  return { base, events };
}

interface Cached {
  durable: Content;
  pending: { began: number; change: Change }[];
}

const SECTOR_BYTES = 512;

/** The files as a disk could have them when the power goes after so many events. */
export function stateAt({ base, events }: Recording, cut: number, random: () => number): Map<string, Buffer> {
  const files = new Map<string, Cached>();
  for (const [path, bytes] of base) files.set(path, { durable: contentOf(bytes), pending: [] });
  for (const [index, event] of events.slice(0, cut).entries())
    if (event.kind === 'change') {
      const file = files.get(event.path) ?? { durable: contentOf(Buffer.alloc(0)), pending: [] };
      files.set(event.path, file);
      file.pending.push({ began: index, change: event.change });
    } else if (event.kind === 'sync') {
      const file = files.get(event.path);
      if (!file) continue;
      const synced = file.pending.filter(({ began }) => began < event.began);
      file.pending = file.pending.filter(({ began }) => began >= event.began);
      for (const { change } of synced) apply(file.durable, change);
    } else if (event.kind === 'rename') {
      const file = files.get(event.from);
      files.delete(event.from);
      if (file) files.set(event.to, file);
    } else files.delete(event.path);
  return new Map([...files].map(([path, file]) => [path, afterCut(file, random)]));
}

/** None of what was not synced, all, or each by chance; the last one that got through may be torn. */
function afterCut({ durable, pending }: Cached, random: () => number): Buffer {
  const luck = random();
  const share = luck < 1 / 3 ? 0 : luck < 2 / 3 ? 1 : 0.5;
  const through = pending.map(({ change }) => change).filter(() => random() < share);
  const last = through.at(-1);
  if (last?.kind === 'write' && share === 0.5) {
    const sectors = Math.floor((random() * last.bytes.length) / SECTOR_BYTES);
    through[through.length - 1] = { ...last, bytes: last.bytes.subarray(0, sectors * SECTOR_BYTES) };
  }
  for (const change of through) apply(durable, change);
  return durable.bytes.subarray(0, durable.length);
}

/** What is in a file, with room to grow: thousands of writes are put into it one after the other. */
interface Content {
  bytes: Buffer;
  length: number;
}

const contentOf = (bytes: Buffer): Content => ({ bytes: Buffer.from(bytes), length: bytes.length });

function apply(content: Content, change: Change): void {
  if (change.kind === 'truncate') {
    const { length } = content;
    resize(content, change.length);
    if (change.length < length) content.bytes.fill(0, change.length, length);
    return;
  }
  const at = change.kind === 'append' ? content.length : change.at;
  resize(content, Math.max(content.length, at + change.bytes.length));
  change.bytes.copy(content.bytes, at);
}

/** Beyond its length there are zeros, as in a file that grows. */
function resize(content: Content, length: number): void {
  if (length > content.bytes.length) {
    const larger = Buffer.alloc(Math.max(length, 2 * content.bytes.length));
    content.bytes.copy(larger, 0, 0, content.length);
    content.bytes = larger;
  }
  content.length = length;
}

/** What was written to a file before the cut, synced or not: the ledger is not on the disk that loses its power. */
export function writtenTo(path: string, { base, events }: Recording, cut: number): string {
  const parts = events
    .slice(0, cut)
    .flatMap((event) =>
      event.kind === 'change' && event.path === path && event.change.kind === 'append'
        ? [event.change.bytes]
        : [],
    );
  return Buffer.concat([base.get(path) ?? Buffer.alloc(0), ...parts]).toString();
}
