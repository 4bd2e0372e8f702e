// JSON lines on stderr, one a happening: journald, syslog and Splunk take them as they are, and whole. Each stage logs
// through a child with its `stage` (and `camera`) on it. Under systemd each line has its priority, and fields.

import { type DestinationStream, type Logger, pino } from 'pino';
import {
  journalEntry,
  journalSocket,
  type Priority,
  prefixOf,
  sentToJournal,
  stderrIsJournal,
} from './journald.ts';
import { fitting } from './log-line.ts';

export type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** @param socket where journald takes entries; null: stderr alone */
export function createLog(
  level: LogLevel,
  bindings: Record<string, string> = {},
  socket: number | null = journalSocket(),
): Logger {
  return pino(
    {
      level,
      base: bindings,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    whole(stderr(), stderrIsJournal(), socket),
  );
}

/**
 * For what a camera's process says before it ends. journald looks up who sent an entry when it takes it, and a process that is gone
 * by then and was not heard before belongs to no unit. What comes over stderr does, whatever happens; and so does what the
 * service's main process sends, because journald knows it by its stderr.
 */
export const createLastLog = (level: LogLevel, bindings: Record<string, string> = {}): Logger =>
  createLog(level, bindings, null);

const stderr = () => pino.destination({ fd: 2, sync: true });

/** pino tells such a stream the level of the line that comes. */
function whole(out: DestinationStream, isJournal: boolean, socket: number | null) {
  return {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(text: string) {
      const [line, priority] = [fitting(text), priorityOf(this.lastLevel)];
      if (socket !== null && sentToJournal(socket, journalEntry(line, priority))) return;
      out.write((isJournal ? prefixOf(priority) : '') + line);
    },
  };
}

/** pino's levels: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function priorityOf(level: number): Priority {
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}
