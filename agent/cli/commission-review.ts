// The technician confirms or corrects reads on the terminal itself, one key for most: no picture viewer, no second connection.

import { hash } from 'node:crypto';
import type { ApiClient } from '../api/index.ts';
import type { Question, RecordedRead, Session } from '../commission/index.ts';
import type { Box } from '../shared/geometry.ts';
import { onKeys } from './keys-pressed.ts';
import type { Output } from './output.ts';
import { type BlockOptions, coloursOf, pictureLines } from './picture-blocks.ts';
import { openScreen } from './screen.ts';
import { wrap } from './table.ts';
import { localTime } from './times.ts';

/** what is left for the text below a picture */
const TEXT_ROWS = 10;
const MOST_PLATE_ROWS = 14;

interface Face {
  output: Output;
  api: Pick<ApiClient, 'picture'>;
}

/** @returns finished: every question has its answer; left: to be gone on with later */
export async function reviewOnTerminal(
  session: Session,
  { output, api }: Face,
): Promise<'finished' | 'left'> {
  const { firstOpen, plateText, questionsOf, typedAnswer } = await import('../commission/index.ts');
  const { state } = session;
  const questions = questionsOf(state);
  const colours = coloursOf(process.env);
  const pictures = new Map<string, Promise<Buffer | undefined>>();
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<'finished' | 'left'>();
  let at = firstOpen(questions, state);
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
    const question = questions[at];
    if (!question) return;
    const jpeg = await pictureOf(question, shown).catch(() => undefined);
    const next = questions[at + 1];
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
      output.paint('bold', headOf(question, at, questions.length)),
      ...picture,
      ...textOf(output, question, { typed, shown, reads: state.reads }),
    ]);
  }

  function answer(change: () => void): void {
    change();
    session.save();
    typed = '';
    shown = 0;
    at++;
    if (at >= questions.length) end('finished');
  }

  function press(key: string): void {
    const question = questions[at];
    if (!question) return;
    if (key === 'escape' || key === 'end') end('left');
    else if (key === 'left' || (key === 'backspace' && typed === '')) {
      at = Math.max(0, at - 1);
      shown = 0;
      typed = '';
    } else if (question.kind === 'moment') pressMoment(key, question);
    else if (key === 'backspace') typed = typed.slice(0, -1);
    else if (key === 'enter')
      answer(() => {
        state.answers[question.id] = typedAnswer(typed, question.read.text);
      });
    // within a plate that is being typed a dash or a dot is a part of it
    else if (typed === '' && ['-', '+', '=', '.'].includes(key))
      answer(() => {
        state.answers[question.id] = {
          kind: key === '-' ? 'no-plate' : key === '.' ? 'unreadable' : 'again',
        };
      });
    else if (plateText(key) !== '' && typed.length < 12) typed += plateText(key);
  }

  function pressMoment(key: string, { id, moment }: Extract<Question, { kind: 'moment' }>): void {
    if (key === ' ' || key === 'right') shown = (shown + 1) % moment.pictures.length;
    else if (key === 'enter' || /^[0-9]$/.test(key) || key === '.')
      answer(() => {
        state.momentAnswers[id] = { missed: key === '.' ? null : key === 'enter' ? 0 : Number(key) };
      });
  }

  if (at >= questions.length) {
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
    screen.draw([`${Object.keys(state.answers).length} plates checked.`]);
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

/** What was read so near to a moment may be what it shows. */
const NEAR_MS = 3000;

function textOf(
  output: Output,
  question: Question,
  { typed, shown, reads }: { typed: string; shown: number; reads: readonly RecordedRead[] },
): string[] {
  const { paint, width } = output;
  const help = (text: string) => wrap(text, width).map((line) => paint('dim', line));
  if (question.kind === 'read') {
    const { text, confidence, widthPx, capturedAt } = question.read;
    return [
      '',
      `read as   ${paint('bold', output.plain(text))}   ${(100 * confidence).toFixed(1)} %   ${widthPx} px   ${localTime(capturedAt).slice(11)}`,
      typed ? `it says   ${paint('yellow', typed)}_` : 'it says   _',
      '',
      ...help('Enter right · else type what it says, then Enter · - no plate'),
      ...help('+ same vehicle again · . nobody can read it · ← back · Esc stop, go on later'),
    ];
  }
  const { from, to, pictures } = question.moment;
  const near = reads
    .filter(({ firstSeen, lastSeen }) => firstSeen <= to + NEAR_MS && lastSeen >= from - NEAR_MS)
    .map(({ text, firstSeen, lastSeen }) => {
      const [before, after] = [from - lastSeen, firstSeen - to].map((ms) => Math.max(0, ms) / 1000);
      return `${text} ${before ? `${before.toFixed(1)} s before` : after ? `${after.toFixed(1)} s after` : 'meanwhile'}`;
    });
  return [
    '',
    `${localTime(from).slice(11)}, ${((to - from) / 1000).toFixed(1)} s, picture ${shown + 1} of ${pictures.length}`,
    ...wrap(`Read nearby: ${near.join(', ') || 'nothing'}.`, width),
    ...wrap(
      'How many vehicles whose plate should have been read? Not: read ones, other directions, bicycles.',
      width,
    ),
    '',
    ...help('Enter or 0 none · 1 to 9 so many · . cannot tell · Space next picture'),
    ...help('← back · Esc stop, go on later'),
  ];
}
