// The technician confirms or corrects reads on the terminal itself, one key for most: no picture viewer, no second connection.

import { hash } from 'node:crypto';
import type { ApiClient } from '../api/index.ts';
import type { Moment, NearRead, Question, RecordedRead, Session } from '../commission/index.ts';
import type { Box } from '../shared/geometry.ts';
import { countText } from '../shared/quantities.ts';
import { onKeys } from './keys-pressed.ts';
import type { Output } from './output.ts';
import { type BlockOptions, coloursOf, pictureLines } from './picture-blocks.ts';
import { openScreen } from './screen.ts';
import { wrap } from './table.ts';
import { localTime } from './times.ts';

/** what is left for the text below a picture */
const TEXT_ROWS = 10;
const MOST_PLATE_ROWS = 14;
const MOST_TYPED = 12;

interface Face {
  output: Output;
  api: Pick<ApiClient, 'picture'>;
}

/** @returns finished: every question has its answer; left: to be gone on with later */
export async function reviewOnTerminal(
  session: Session,
  { output, api }: Face,
): Promise<'finished' | 'left'> {
  const { openReview, plateText, readsNear } = await import('../commission/index.ts');
  const { state } = session;
  const review = openReview(session);
  const colours = coloursOf(process.env);
  const pictures = new Map<string, Promise<Buffer | undefined>>();
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<'finished' | 'left'>();
  let typed = '';
  let shown = 0;
  let turn = 0;

  const noKeys = { isTTY: false, on() {}, off() {} } as unknown as NodeJS.ReadStream & { fd: 0 };
  const screen = openScreen(output, () => void draw(), noKeys);
  const pictureOf = (question: Question, index: number): Promise<Buffer | undefined> => {
    if (question.kind === 'moment')
      return Promise.resolve(session.picture(`${question.moment.pictures[index]}.jpg`));
    let picture = pictures.get(question.id);
    if (!picture) {
      picture = api.picture(question.id, 'plate');
      picture.catch(() => {});
      pictures.set(question.id, picture);
    }
    return picture;
  };

  async function draw(): Promise<void> {
    const own = ++turn;
    const { at, count, question, next } = review;
    if (!question) return;
    const jpeg = await pictureOf(question, shown).catch(() => undefined);
    if (next) void pictureOf(next, 0);
    const rows = Math.max(4, screen.rows - TEXT_ROWS);
    const size = {
      columns: output.width,
      rows: question.kind === 'read' ? Math.min(rows, MOST_PLATE_ROWS) : rows,
    };
    const part = question.kind === 'read' ? aroundPlate(question.read.patch) : undefined;
    const picture = await linesOf(jpeg, { ...size, colours, part });
    // the technician was faster
    if (own !== turn) return;
    screen.draw([
      output.paint('bold', headOf(question, at, count)),
      ...picture,
      ...(question.kind === 'read'
        ? readText(output, question.read, typed)
        : momentText(output, question.moment, readsNear(question.moment, state.reads), shown)),
    ]);
  }

  function press(key: string): void {
    const { question } = review;
    if (!question) return;
    if (key === 'escape' || key === 'end') end('left');
    else if (key === 'left' || (key === 'backspace' && typed === '')) {
      review.back();
      shown = 0;
      typed = '';
    } else if (review.answer(key, typed)) {
      typed = '';
      shown = 0;
      if (!review.question) end('finished');
    } else if (question.kind === 'moment') {
      if (key === ' ' || key === 'right') shown = (shown + 1) % question.moment.pictures.length;
    } else if (key === 'backspace') typed = typed.slice(0, -1);
    else if (plateText(key).length === 1 && typed.length < MOST_TYPED) typed += plateText(key);
  }

  if (!review.question) {
    screen.close();
    return 'finished';
  }
  const stopKeys = onKeys((key) => {
    try {
      press(key);
    } catch (error) {
      fail(error);
    }
    void draw();
  });
  const leave = () => end('left');
  screen.ended.addEventListener('abort', leave);
  try {
    await draw();
    return await ended;
  } finally {
    turn++;
    stopKeys();
    screen.draw([`${countText(Object.keys(state.answers).length, 'plate')} checked.`]);
    screen.close();
  }
}

const drawnBefore = new Map<string, string[]>();

async function linesOf(jpeg: Buffer | undefined, options: BlockOptions): Promise<string[]> {
  if (!jpeg) return ['', '(its picture is no longer there)', ''];
  const key = `${hash('sha256', jpeg)} ${options.columns} ${options.rows}`;
  const before = drawnBefore.get(key);
  if (before) return before;
  const lines = await pictureLines(jpeg, options).catch(() => ['', '(its picture cannot be shown)', '']);
  drawnBefore.clear();
  drawnBefore.set(key, lines);
  return lines;
}

/** share of the plate's width on each side */
const MARGIN = 0.04;

function aroundPlate(patch: Box | null): Box | undefined {
  if (!patch) return undefined;
  const [x, y, width, height] = patch;
  const extra = width * MARGIN;
  return [x - extra, y - extra, width + 2 * extra, height + 2 * extra];
}

function headOf(question: Question, at: number, of: number): string {
  const what = question.kind === 'read' ? 'What does the plate say?' : 'Did a vehicle pass unread?';
  return `${at + 1} of ${of}   ${what}`;
}

const help = ({ paint, width }: Output, text: string) => wrap(text, width).map((line) => paint('dim', line));

function readText(output: Output, read: RecordedRead, typed: string): string[] {
  const { text, confidence, widthPx, capturedAt } = read;
  const { paint } = output;
  return [
    '',
    `read as   ${paint('bold', output.plain(text))}   ${(100 * confidence).toFixed(1)} %   ${widthPx} px   ${localTime(capturedAt).slice(11)}`,
    typed ? `it says   ${paint('yellow', typed)}_` : 'it says   _',
    '',
    ...help(output, 'Enter right · else type what it says, then Enter · - no plate'),
    ...help(output, '+ same vehicle again · . nobody can read it · ← back · Esc stop, go on later'),
  ];
}

function momentText(output: Output, moment: Moment, reads: readonly NearRead[], shown: number): string[] {
  const { from, to, pictures } = moment;
  const near = reads.map(({ text, offsetMs }) => {
    const seconds = `${(Math.abs(offsetMs) / 1000).toFixed(1)} s`;
    return `${text} ${offsetMs === 0 ? 'meanwhile' : `${seconds} ${offsetMs < 0 ? 'before' : 'after'}`}`;
  });
  return [
    '',
    `${localTime(from).slice(11)}, ${((to - from) / 1000).toFixed(1)} s, picture ${shown + 1} of ${pictures.length}`,
    ...wrap(`Read nearby: ${near.join(', ') || 'nothing'}.`, output.width),
    ...wrap(
      'How many vehicles whose plate should have been read? Not: read ones, other directions, bicycles.',
      output.width,
    ),
    '',
    ...help(output, 'Enter or 0 none · 1 to 9 so many · . cannot tell · Space next picture'),
    ...help(output, '← back · Esc stop, go on later'),
  ];
}
