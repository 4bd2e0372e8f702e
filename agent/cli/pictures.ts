// What the commands over still pictures share: which models, and how far they have come.

import type { Command } from 'commander';
import { countText } from '../shared/quantities.ts';
import { count, share } from './options.ts';

export interface ModelOptions {
  models?: string;
  detector: string;
  detectorInput: string;
  straightener: string;
  reader: string;
  threads: number;
  threshold?: number;
}

const MAX_THREADS = 16;

export function modelOptions(command: Command): Command {
  return command
    .option(
      '--models <folder>',
      'folder with detector/, straightener/, reader/ (default: the models that come with anpr)',
    )
    .option('--detector <name>', 'folder name of the detector', 'centre-v1')
    .option('--detector-input <name>', 'which of its inputs: default, small, large …', 'default')
    .option('--straightener <name>', 'folder name of what puts corners right, or none', 'corners-v1')
    .option('--reader <name>', 'folder name of the reader', 'crnn-v1')
    .option('--threshold <share>', "ignore detections below this score (default: the detector's own)", share)
    .option('--threads <count>', 'threads of ONNX Runtime', count(1, MAX_THREADS), 1);
}

export interface SearchOptions {
  once?: true;
}

/** Of a command that reads stills for their own sake: a recording's frames are looked at once anyway. */
export function searchOption(command: Command): Command {
  return command.option(
    '--once',
    'look once, as at a frame of a camera; else a picture that shows no plate is searched closer and farther',
  );
}

/** Fewer pictures are done before anybody wonders. */
const PROGRESS_FROM = 20;
const LINE_EVERY = 100;

/** Tells on stderr how many pictures are done: one line that changes on a terminal, else a line now and then. */
export function progressOn(stream: NodeJS.WriteStream): (done: number, of: number) => void {
  return (done, of) => {
    if (of < PROGRESS_FROM) return;
    if (stream.isTTY)
      stream.write(done === of ? '\r\u001b[K' : `\r\u001b[K${done} of ${countText(of, 'picture')}`);
    else if (done % LINE_EVERY === 0 || done === of) stream.write(`${done} of ${countText(of, 'picture')}\n`);
  };
}
