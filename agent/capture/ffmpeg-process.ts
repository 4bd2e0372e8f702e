// One ffmpeg child: found, started, listened to, ended politely, never orphaned. It makes no decisions about what
// ffmpeg says; camera.ts does.
//
// An agent that is killed cannot end its children. `setpriv --pdeathsig` has the kernel send ffmpeg a SIGTERM in that
// moment, also when ffmpeg waits for a camera that sends nothing. It also sets capabilities, which a hardened unit forbids:
// then perl does the one call. On machines with neither, the broken pipe at the next frame has to do.

import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { AnprError } from '../shared/errors.ts';

const POLITE_MS = 1500;
const LONGEST_LINE = 4096;
const OLDEST_MAJOR = 5;
/**
 * Raw pictures are larger than what glibc keeps: each would be mapped anew, and every page of it cleared, only to be
 * written over. Kept on the heap they cost no page faults. Other C libraries ignore it.
 */
const KEEP_LARGE_BLOCKS = {
  MALLOC_MMAP_THRESHOLD_: String(1 << 30),
  MALLOC_TRIM_THRESHOLD_: String(1 << 30),
};

export interface FfmpegChild {
  readonly pid: number;
  readonly stdout: Readable;
  /** after the last line of stderr; never rejects */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it: SIGTERM, then its pipe, then SIGKILL. Resolves when it is gone. */
  end(): Promise<void>;
}

export interface FfmpegTools {
  ffmpeg: string;
  /** becomes the program behind it, which then ends with its parent; empty: nothing here can do that */
  withParent: readonly string[];
}

/** prctl(2): its number by Node's name of the processor, PR_SET_PDEATHSIG (1), SIGTERM (15). */
const PRCTL: Partial<Record<string, number>> = { x64: 157, arm64: 167 };

function waysToEndWithParent(path: string | undefined): string[][] {
  const [setpriv, perl] = ['setpriv', 'perl'].map((name) => findProgram(name, path));
  const prctl = PRCTL[process.arch];
  return [
    ...(setpriv === undefined ? [] : [[setpriv, '--pdeathsig', 'TERM', '--']]),
    ...(perl === undefined || prctl === undefined
      ? []
      : [
          [
            perl,
            '-e',
            `syscall(${prctl}, 1, 15) == 0 or exit 127; exec { $ARGV[0] } @ARGV or exit 127`,
            '--',
          ],
        ]),
  ];
}

/** @throws AnprError capture.no-ffmpeg, capture.old-ffmpeg */
export async function findTools(path: string | undefined): Promise<FfmpegTools> {
  const ffmpeg = findProgram('ffmpeg', path);
  if (!ffmpeg)
    throw new AnprError(
      'capture.no-ffmpeg',
      'wanted the program ffmpeg to receive and decode video, found none in PATH',
      'apt install ffmpeg',
    );
  const [major, withParent] = await Promise.all([majorVersion(ffmpeg), wayToEndWithParent(path)]);
  if (major !== undefined && major < OLDEST_MAJOR)
    throw new AnprError(
      'capture.old-ffmpeg',
      `wanted ffmpeg ${OLDEST_MAJOR} or later, found ${major} (${ffmpeg})`,
      'install a later ffmpeg: Debian 12 and Ubuntu 24.04 have one',
    );
  return { ffmpeg, withParent };
}

/** The first that works here, tried with a program that does nothing. */
async function wayToEndWithParent(path: string | undefined): Promise<string[]> {
  for (const way of waysToEndWithParent(path)) {
    const [program = '', ...args] = way;
    try {
      await promisify(execFile)(program, [...args, 'true'], { timeout: 10_000 });
      return way;
    } catch {
      // not this one
    }
  }
  return [];
}

/** @param list goes to stdin, which is then closed */
export function startFfmpeg(
  tools: FfmpegTools,
  args: readonly string[],
  list: string | undefined,
  onLine: (line: string) => void,
): FfmpegChild {
  const command = [...tools.withParent, tools.ffmpeg];
  const child = spawn(command[0]!, [...command.slice(1), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...KEEP_LARGE_BLOCKS, AV_LOG_FORCE_NOCOLOR: '1', LC_ALL: 'C' },
  });
  const ended = endOf(child);
  // A child that ended first says why on stderr; the broken pipe adds nothing.
  child.stdin.on('error', () => {});
  child.stdout.on('error', () => {});
  child.stdin.end(list ?? '');
  eachLine(child.stderr, onLine);
  let ending: Promise<void> | undefined;
  return {
    pid: child.pid ?? -1,
    stdout: child.stdout,
    ended,
    end: () => {
      ending ??= endPolitely(child, ended);
      return ending;
    },
  };
}

async function endPolitely(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  ended: Promise<unknown>,
): Promise<void> {
  // A write that blocks would keep ffmpeg from seeing the signal: the pipe is drained, and then broken.
  child.stdin.destroy();
  child.stdout.resume();
  child.kill('SIGTERM');
  const broken = setTimeout(() => child.stdout.destroy(), POLITE_MS);
  const killed = setTimeout(() => child.kill('SIGKILL'), 2 * POLITE_MS);
  await ended;
  clearTimeout(broken);
  clearTimeout(killed);
}

function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): FfmpegChild['ended'] {
  return new Promise((resolve) => {
    child.on('error', () => resolve({ code: null, signal: null }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
}

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!.slice(0, LONGEST_LINE);
    for (const line of lines) if (line) onLine(line.slice(0, LONGEST_LINE));
  });
  stream.on('end', () => {
    if (rest) onLine(rest);
  });
}

function findProgram(name: string, path: string | undefined): string | undefined {
  for (const directory of (path ?? '').split(delimiter)) {
    if (!directory) continue;
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this one
    }
  }
  return undefined;
}

/** Undefined for builds whose version is no number (`N-…-g…` from git): they are newer than any release. */
async function majorVersion(ffmpeg: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(ffmpeg, ['-hide_banner', '-version'], { timeout: 10_000 });
    const match = /^ffmpeg version n?(\d+)\./.exec(stdout);
    return match ? Number(match[1]) : undefined;
  } catch (cause) {
    throw new AnprError(
      'capture.no-ffmpeg',
      `wanted ffmpeg to receive and decode video, but ${ffmpeg} does not start`,
      'apt install --reinstall ffmpeg',
      { cause },
    );
  }
}
