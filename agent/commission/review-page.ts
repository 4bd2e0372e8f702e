// The review of a sample as a page: on loopback, for browsers that were let in. Everybody who has it open sees the same
// question; the review itself decides what an answer is.

import { z } from 'zod';
import type { ApiClient } from '../api/index.ts';
import { createLive, openDoor, PING_EVERY_MS, pageFiles } from '../page/index.ts';
import type { Language } from '../shared/languages.ts';
import type { Review } from './review.ts';
import { type Question, readsNear } from './review-policy.ts';
import type { Session } from './session.ts';

/** beside the preview's */
const USUAL_PORT = 8472;
/** a phone in a pocket, a tunnel that is opened again: all answers are kept, so nothing is lost by waiting no longer */
const NOBODY_MS = 15 * 60_000;
const MOST_MESSAGE_BYTES = 512;
const TEXTS = new URL('./review-texts/', import.meta.url);

/** What the page asks for; `of` names the question that it shows, so that one key pressed in two browsers answers once. */
const wish = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), of: z.string(), key: z.string().max(8), typed: z.string().max(40) }),
  z.object({ type: z.literal('back'), of: z.string() }),
  z.object({ type: z.literal('leave') }),
]);

export interface ReviewPageOptions {
  session: Session;
  review: Review;
  api: Pick<ApiClient, 'picture'>;
  /** site/box, for the page's head */
  place: string;
  /** undefined: the usual one, or any that is free */
  port: number | undefined;
  /** of the page; undefined: the browser's */
  language: Language | undefined;
  /** how many look now */
  onViewers(count: number): void;
  nobodyMs?: number;
}

/** finished: every question has its answer; left: somebody stopped, or nobody was there for a quarter of an hour */
export type ReviewEnd = 'finished' | 'left';

export interface ReviewPage {
  port: number;
  /** An address for one more browser, with a token that works once. */
  address(): string;
  /** Rejects with `commission.unwritable` when an answer cannot be kept. */
  ended: Promise<ReviewEnd>;
  close(): Promise<void>;
}

/** @throws {AnprError} `usage.port-taken`, `usage.port` */
export async function startReviewPage(options: ReviewPageOptions): Promise<ReviewPage> {
  const { session, review, api, place, language, onViewers, nobodyMs = NOBODY_MS } = options;
  const { state } = session;
  const ended = Promise.withResolvers<ReviewEnd>();
  // whoever starts it may look at it later
  ended.promise.catch(() => {});
  if (!review.question) ended.resolve('finished');
  let nobody = setTimeout(() => ended.resolve('left'), nobodyMs);

  const question = () => {
    const { at, count, question } = review;
    if (!question) return { type: 'finished', count };
    return { type: 'question', at, count, ...shownQuestion(question, session) };
  };

  const live = createLive({
    greeting: () => [{ type: 'hello', camera: state.camera, place }, question()],
    onCount(count) {
      clearTimeout(nobody);
      if (count === 0) nobody = setTimeout(() => ended.resolve('left'), nobodyMs);
      onViewers(count);
    },
    onMessage(said) {
      const { data } = wish.safeParse(said);
      if (!data) return;
      if (data.type === 'leave') ended.resolve('left');
      else if (data.of === review.question?.id) {
        try {
          if (data.type === 'back') review.back();
          else if (!review.answer(data.key, data.typed)) return;
          live.tell(question());
          if (!review.question) ended.resolve('finished');
        } catch (error) {
          ended.reject(error);
        }
      }
    },
    mostMessageBytes: MOST_MESSAGE_BYTES,
    pingEveryMs: PING_EVERY_MS,
  });

  /** Only pictures of the question that is asked, and of the next. */
  async function picture({ searchParams }: URL): Promise<Buffer | undefined> {
    const id = searchParams.get('id');
    const of = [review.question, review.next].find((each) => each?.id === id);
    const kind = searchParams.get('kind') ?? '';
    if (of?.kind === 'moment') {
      const at = of.moment.pictures[Number(kind)];
      return at === undefined ? undefined : session.picture(`${at}.jpg`);
    }
    if (of === undefined || (kind !== 'plate' && kind !== 'overview')) return undefined;
    return await api.picture(of.id, kind);
  }

  const door = await openDoor({
    ...{
      name: 'commission',
      port: options.port,
      usualPort: USUAL_PORT,
      texts: TEXTS,
      language,
      live,
      picture,
    },
    files: pageFiles({ folder: new URL('./review-page/', import.meta.url), texts: TEXTS, language }),
  }).catch((error: unknown) => {
    clearTimeout(nobody);
    throw error;
  });

  return {
    port: door.port,
    address: door.address,
    ended: ended.promise,
    async close() {
      clearTimeout(nobody);
      await door.close({ type: review.question ? 'ended' : 'finished' });
    },
  };
}

/** Times are UTC epoch milliseconds, `given` the answer that it has already. */
function shownQuestion(question: Question, { state }: Session) {
  const { id, kind } = question;
  if (kind === 'read') {
    const { text, confidence, widthPx, capturedAt } = question.read;
    return { id, kind, text, confidence, widthPx, capturedAt, given: state.answers[id] ?? null };
  }
  const { from, to, pictures } = question.moment;
  return {
    ...{ id, kind, from, to, pictures: pictures.length },
    near: readsNear(question.moment, state.reads),
    given: state.momentAnswers[id] ?? null,
  };
}
