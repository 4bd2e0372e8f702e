// What the end of a connection means and when to try again: pure, no clock and no socket. Two questions, because a
// person reads the first answer (state and reason) and the loop acts on the second (retry).

import { isWrongVersion, needsSomebody, verdictOf, wordsOf } from './reasons.ts';

export type Protocol = '5' | '3.1.1';

/** How one connection, or the attempt at one, ended. */
export type Ending = { phase: 'connecting' | 'connected'; protocol: Protocol } & (
  | { cause: 'refused'; code: number }
  | { cause: 'disconnected'; code: number }
  | { cause: 'error'; code: string; message: string }
  | { cause: 'closed' }
  | { cause: 'silent'; afterMs: number }
  /** a PUBACK with a code that MQTT 5 does not have there, so that it could not be read */
  | { cause: 'unreadable-puback' }
);

export interface Judgement {
  state: 'waiting' | 'refused';
  reason: string;
  /**
   * steadily: nothing was reached, so there is nobody to spare; soon: with back-off; slowly: somebody has to act first;
   * other-protocol: at once, with MQTT 3.1.1
   */
  retry: 'steadily' | 'soon' | 'slowly' | 'other-protocol';
}

export function judge(ending: Ending, protocolSetting: 'auto' | Protocol): Judgement {
  const maybeOld = protocolSetting === 'auto' && ending.protocol === '5' && ending.phase === 'connecting';
  switch (ending.cause) {
    case 'refused':
      if (isWrongVersion(ending.code) && maybeOld)
        return { state: 'waiting', reason: 'the broker does not speak MQTT 5', retry: 'other-protocol' };
      if (isWrongVersion(ending.code))
        return {
          state: 'refused',
          reason: `the broker does not speak MQTT ${ending.protocol}`,
          retry: 'slowly',
        };
      return codeJudgement('the broker refused the connection', ending.code);
    case 'disconnected':
      return codeJudgement('the broker ended the connection', ending.code);
    case 'silent':
      return {
        state: 'waiting',
        reason: `no answer from the broker for ${Math.round(ending.afterMs / 100) / 10} s`,
        retry: 'soon',
      };
    case 'closed':
      // A 3.1.1 broker may hang up on a CONNECT that it cannot read instead of answering it.
      return {
        state: 'waiting',
        reason:
          ending.phase === 'connecting'
            ? 'the broker closed the connection before it answered'
            : 'the broker closed the connection',
        retry: maybeOld ? 'other-protocol' : 'soon',
      };
    case 'unreadable-puback':
      return { state: 'waiting', reason: UNREADABLE_PUBACK, retry: 'soon' };
    case 'error':
      return errorJudgement(ending.code, ending.message, maybeOld);
  }
}

const UNREADABLE_PUBACK = 'the broker refused a record with a code that MQTT 5 does not have for it';

/**
 * Why this ending is the broker's verdict on one record, or undefined when it says nothing of records. mosquitto's
 * message_size_limit comes as "packet too large" in a PUBACK, where MQTT 5 does not allow it; others disconnect.
 */
export function verdictOnRecord(ending: Ending): string | undefined {
  if (ending.phase !== 'connected') return undefined;
  if (ending.cause === 'unreadable-puback') return `${UNREADABLE_PUBACK}, as for one that is too large`;
  if (ending.cause === 'disconnected' && verdictOf(ending.code) === 'dead')
    return `the broker ended the connection on it: ${wordsOf(ending.code)}`;
  return undefined;
}

/** The connection was cut, and nobody said why: the link, or a broker that has no words for what it doesn't take. */
export function isWordless(ending: Ending): boolean {
  if (ending.phase !== 'connected') return false;
  return ending.cause === 'closed' || (ending.cause === 'error' && /^(ECONNRESET|EPIPE)$/.test(ending.code));
}

function codeJudgement(what: string, code: number): Judgement {
  const reason = `${what}: ${wordsOf(code)}`;
  return needsSomebody(code)
    ? { state: 'refused', reason, retry: 'slowly' }
    : { state: 'waiting', reason, retry: 'soon' };
}

const network: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at the address of the broker',
  ENOTFOUND: "the broker's name is not known",
  EAI_AGAIN: "the broker's name cannot be looked up now",
  EHOSTUNREACH: 'no way to the broker',
  ENETUNREACH: 'no network',
  ETIMEDOUT: 'the broker does not answer',
  EPIPE: 'the connection broke',
};

function errorJudgement(code: string, message: string, maybeOld: boolean): Judgement {
  if (code === 'ECONNRESET')
    return {
      state: 'waiting',
      reason: 'the broker reset the connection',
      retry: maybeOld ? 'other-protocol' : 'soon',
    };
  const known = network[code];
  if (known)
    return {
      state: 'waiting',
      reason: `${known} (${code})`,
      retry: code === 'EPIPE' ? 'soon' : 'steadily',
    };
  // A certificate may only be "not yet valid" because the clock is not set yet: keep trying at the usual pace.
  if (isTls(code)) return { state: 'refused', reason: `TLS: ${message} (${code})`, retry: 'soon' };
  if (code === 'configuration') return { state: 'refused', reason: message, retry: 'slowly' };
  return {
    state: 'waiting',
    reason: code === 'internal' ? message : `${message} (${code})`,
    retry: maybeOld && code === 'internal' ? 'other-protocol' : 'soon',
  };
}

/** OpenSSL's verification results and Node's TLS errors. */
function isTls(code: string): boolean {
  return /^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CRL_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_|EPROTO$)/.test(
    code,
  );
}

export interface RetryTimes {
  /** bound of the first wait, and of each wait for a broker that is not there */
  firstMs: number;
  maxMs: number;
  /** pace while somebody has to act */
  slowMs: number;
}

/**
 * Three seconds: a broker that is back is met after 1.2 s in the mean, and by no more than 45 in a hundred boxes in the same
 * second. Sooner in the mean would be more at once: whoever is spread over less time comes thicker.
 */
export const RETRY_TIMES: RetryTimes = { firstMs: 3000, maxMs: 6000, slowMs: 60_000 };

/**
 * The pace at which a broker that is back is met within so many seconds. Back-off goes on to twice that: a broker that
 * answers, and takes nobody in, has too much to do.
 */
export function retryTimesOf(reconnectSeconds: number): Pick<RetryTimes, 'firstMs' | 'maxMs'> {
  return { firstMs: reconnectSeconds * 1000, maxMs: reconnectSeconds * 2000 };
}

/**
 * How long to wait before the next attempt, in milliseconds: any time up to a bound that doubles with each failure in a
 * row ("full jitter"). A thousand boxes that lost the same broker come back spread over seconds, not in the same one.
 * While none is there at all the bound stays, and each wait takes half of it at least: waits of nearly the same length, which
 * began at different moments, end evenly spread, where waits of any length would end most often in the first second
 * after the broker is back.
 * @param failures failures in a row, 1 or more
 * @param random 0..1
 */
export function retryDelayMs(
  retry: Judgement['retry'],
  failures: number,
  random: number,
  times: RetryTimes,
): number {
  if (retry === 'other-protocol') return 0;
  if (retry === 'steadily' && failures > 1) return Math.round(times.firstMs * (0.5 + 0.5 * random));
  const boundMs =
    retry === 'slowly'
      ? times.slowMs
      : Math.min(times.maxMs, times.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(boundMs * random);
}
