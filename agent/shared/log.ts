// JSON lines on stderr, one a happening: journald, syslog and Splunk take them as they are, and whole. Each stage logs
// through a child with its `stage` (and `camera`) on it. Under systemd each line has its priority before it.

import { type DestinationStream, type Logger, pino } from 'pino';
import { type Priority, prefixOf, stderrIsJournal } from './journald.ts';
import { fitting } from './log-line.ts';

export type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export function createLog(level: LogLevel, bindings: Record<string, string> = {}): Logger {
  return pino(
    {
      level,
      base: bindings,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    whole(stderr(), stderrIsJournal()),
  );
}

const stderr = () => pino.destination({ fd: 2, sync: true });

/** pino tells such a stream the level of the line that comes. */
function whole(out: DestinationStream, isJournal: boolean) {
  return {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string) {
      out.write((isJournal ? prefixOf(priorityOf(this.lastLevel)) : '') + fitting(line));
    },
  };
}

/** pino's levels: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function priorityOf(level: number): Priority {
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}
