// The review of a sample on its way: which question is asked, and what a key does with it. Each answer is on the disk before
// the next question. A terminal and a page are two faces of it.

import { firstOpen, momentAnswer, type Question, questionsOf, readAnswer } from './review-policy.ts';
import type { Session } from './session.ts';

export interface Review {
  readonly count: number;
  /** index of the question that is asked */
  readonly at: number;
  /** undefined: all have their answer */
  readonly question: Question | undefined;
  readonly next: Question | undefined;
  /**
   * A key of the policy (`enter`, `-`, `+`, `.`, a digit), with what was typed before it.
   * @returns whether it was an answer: then the next question is asked
   * @throws {AnprError} `commission.unwritable`
   */
  answer(key: string, typed: string): boolean;
  /** To the question before; its answer stays until another one is given. */
  back(): void;
}

/** Goes on with the first question that has no answer. */
export function openReview(session: Session): Review {
  const { state } = session;
  const questions = questionsOf(state);
  let at = firstOpen(questions, state);

  function note(question: Question, key: string, typed: string): boolean {
    if (question.kind === 'read') {
      const answer = readAnswer(key, typed, question.read);
      if (answer) state.answers[question.id] = answer;
      return answer !== undefined;
    }
    const answer = momentAnswer(key);
    if (answer) state.momentAnswers[question.id] = answer;
    return answer !== undefined;
  }

  return {
    count: questions.length,
    get at() {
      return at;
    },
    get question() {
      return questions[at];
    },
    get next() {
      return questions[at + 1];
    },
    answer(key, typed) {
      const question = questions[at];
      if (!question || !note(question, key, typed)) return false;
      session.save();
      at++;
      return true;
    },
    back() {
      at = Math.max(0, at - 1);
    },
  };
}
