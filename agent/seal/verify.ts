// Checks a sequence of records: each payload against its hash, each envelope against its signature, all envelopes against
// each other. Twice over the source: keys and gaps first, since the record that explains another may come after it.
//
// What it finds is said in the words of `breakMeanings`; what it cannot know (a key nobody vouched for, records older
// than the chain) is said too, and never counts as good.

import type { KeyObject } from 'node:crypto';
import { codeOf } from '../shared/errors.ts';
import { type BreakCode, type ChainOptions, createChain, type EpochReport, type Span } from './chain.ts';
import { envelopeText, type SealedMessage, sealedMessageOf, textHash } from './envelope.ts';
import { isSigned, publicKeyOf } from './keys.ts';
import { removedText, type SignedRemoved } from './statements.ts';
import { type Introduction, signerAt, type Trust, trustOf } from './trust-policy.ts';

/** One record of the source. */
export interface SourceRecord {
  /** where it stands, for people: `line 12` */
  where: string;
  /** as it was sent; undefined when it is no JSON object at all */
  message: Readonly<Record<string, unknown>> | undefined;
  /** its payload can no longer be read (the key is lost): the envelope is checked, the payload is not */
  unreadable?: boolean;
}

export interface Source {
  /** asked for twice */
  records(): AsyncIterable<SourceRecord> | Iterable<SourceRecord>;
  /** what the box says that retention removed */
  removed?: readonly SignedRemoved[];
}

export interface VerifyOptions extends Partial<ChainOptions> {
  /** public keys of the box, base64, from somewhere trustworthy; none: the first key of the source is taken at its word */
  keys?: readonly string[];
  onProgress?: (checked: number) => void;
}

export type VerifyCode = BreakCode | 'malformed' | 'unsealed' | 'payload' | 'signature' | 'key' | 'removal';

/** What each break means to the person who has to explain it. */
export const breakMeanings: Record<VerifyCode, string> = {
  malformed: 'no record: this line was damaged, or put in',
  unsealed: 'a record without a seal among sealed ones: it was put in',
  payload: 'the content is not what the box sealed: it was changed',
  signature: "the seal is not the box's: the record was changed, or put in",
  key: 'sealed with a key that was not valid there: the record was put in',
  missing: 'records are missing, and neither a gap record nor retention accounts for them: they were removed',
  link: 'the record does not follow the one before it: one of the two was changed, or records were put in',
  double: 'two different records have the same place: one was put in',
  ends: 'what is left out there does not fit what stands around it: records were changed or removed',
  removal: 'the note of what retention removed is not signed by the box',
  tail: 'the newest records are not there: they were cut off',
};

export interface Break {
  code: VerifyCode;
  meaning: string;
  /** null: the line could not be read that far */
  epoch: string | null;
  from: number | null;
  to: number | null;
  where: string | null;
}

export interface VerifyReport {
  /** no break, and something was checked */
  ok: boolean;
  records: number;
  /** envelopes whose payload was erased, or can no longer be read: checked without it */
  withoutPayload: number;
  /** in epochs that have no seal at all: nothing can be said about them */
  unsealed: number;
  epochs: EpochReport[];
  /** ids of the keys that sealed them */
  keys: string[];
  /** the key that was taken at its word */
  trustedOnFirstUse: string | null;
  /** in the order of epochs and places; the first one is where to look */
  breaks: Break[];
}

/** Breaks kept in the report; more are counted in none: the first ones tell what happened. */
const MAX_BREAKS = 1000;
const PROGRESS_EVERY = 1000;

export async function verifyRecords(source: Source, options: VerifyOptions = {}): Promise<VerifyReport> {
  const first = await survey(source);
  const trust = trustOf(first.introductions, options.keys ?? []);
  const check = createCheck(first, trust);
  let checked = 0;
  for await (const record of source.records()) {
    check.record(record);
    if (++checked % PROGRESS_EVERY === 0) options.onProgress?.(checked);
  }
  for (const removed of source.removed ?? []) check.removed(removed);
  return check.report({
    mayBeginLate: options.mayBeginLate ?? false,
    heads: options.heads ?? new Map(),
  });
}

interface Survey {
  introductions: Introduction[];
  /** epochs with at least one sealed record */
  sealed: Set<string>;
}

async function survey(source: Source): Promise<Survey> {
  const introductions: Introduction[] = [];
  const sealed = new Set<string>();
  for await (const { message } of source.records()) {
    const record = message && sealedOrNothing(message);
    if (!message || !record) continue;
    const { envelope, signature, payloadHash } = record;
    sealed.add(envelope.epoch);
    const key = introducedBy(message);
    if (key && payloadHash === envelope.payloadHash)
      introductions.push({ envelope, text: envelopeText(envelope), signature, key });
  }
  return { introductions, sealed };
}

function createCheck({ introductions, sealed }: Survey, trust: Trust) {
  const chain = createChain();
  const breaks: Break[] = [];
  const usedKeys = new Set<string>();
  const publicKeys = new Map<string, KeyObject>();
  const changes = changesOf(introductions, trust);
  let records = 0;
  let withoutPayload = 0;
  let unsealed = 0;

  const found = (code: VerifyCode, epoch: string | null, seq: number | null, where: string | null) => {
    if (breaks.length < MAX_BREAKS)
      breaks.push({ code, meaning: breakMeanings[code], epoch, from: seq, to: seq, where });
  };

  function publicKey(id: string): KeyObject | undefined {
    let key = publicKeys.get(id);
    const raw = trust.keys.get(id);
    if (!key && raw) {
      key = publicKeyOf(raw);
      publicKeys.set(id, key);
    }
    return key;
  }

  function faultOf(
    { envelope, signature, payloadHash }: SealedMessage,
    text: string,
  ): VerifyCode | undefined {
    const key = publicKey(envelope.keyId);
    if (!key) return 'key';
    if (!isSigned(text, signature, key)) return 'signature';
    const wanted = signerAt(changes.get(envelope.epoch) ?? [], envelope.seq);
    if (wanted !== undefined && wanted !== envelope.keyId) return 'key';
    return payloadHash !== undefined && payloadHash !== envelope.payloadHash ? 'payload' : undefined;
  }

  return {
    record({ where, message, unreadable }: SourceRecord): void {
      records++;
      let read: SealedMessage | undefined;
      try {
        read = message && sealedMessageOf(message);
      } catch (error) {
        if (codeOf(error) !== 'seal.malformed' && codeOf(error) !== 'seal.not-canonical') throw error;
        found('malformed', null, null, where);
        return;
      }
      if (!message) found('malformed', null, null, where);
      else if (!read) {
        const { epoch, seq } = message;
        if (typeof epoch !== 'string' || typeof seq !== 'number') found('malformed', null, null, where);
        else if (sealed.has(epoch)) found('unsealed', epoch, seq, where);
        else unsealed++;
      } else {
        const { envelope } = read;
        const text = envelopeText(envelope);
        const known = unreadable ? { ...read, payloadHash: undefined } : read;
        const fault = faultOf(known, text);
        if (fault) found(fault, envelope.epoch, envelope.seq, where);
        // A changed payload leaves the envelope true; any other fault makes it worth nothing to its neighbours.
        if (fault === undefined || fault === 'payload') chain.add(envelope, textHash(text));
        else chain.cover({ ...nowhere(envelope.epoch, envelope.seq) });
        if (fault !== undefined) return;
        usedKeys.add(envelope.keyId);
        if (known.payloadHash === undefined) withoutPayload++;
        const span = spanOf(message);
        if (span) chain.cover(span);
      }
    },
    removed(statement: SignedRemoved): void {
      const key = publicKey(statement.keyId);
      if (key && isSigned(removedText(statement, statement.keyId), statement.signature, key))
        chain.cover(statement);
      else found('removal', statement.epoch, statement.from, null);
    },
    report(options: ChainOptions): VerifyReport {
      const { breaks: chainBreaks, epochs } = chain.result(options);
      const all = [
        ...breaks,
        ...chainBreaks.map((each) => ({ ...each, meaning: breakMeanings[each.code], where: null })),
      ];
      const order = new Map(epochs.map(({ epoch }, index) => [epoch, index]));
      const rank = ({ epoch }: Break) => (epoch === null ? -1 : (order.get(epoch) ?? epochs.length));
      all.sort((a, b) => rank(a) - rank(b) || (a.from ?? 0) - (b.from ?? 0));
      return {
        ok: all.length === 0 && unsealed === 0 && records > 0,
        records,
        withoutPayload,
        unsealed,
        epochs,
        keys: [...usedKeys],
        trustedOnFirstUse: trust.onFirstUse ?? null,
        breaks: all.slice(0, MAX_BREAKS),
      };
    },
  };
}

const nowhere = (epoch: string, seq: number): Span => ({
  epoch,
  from: seq,
  to: seq,
  before: null,
  after: null,
});

/** Believed changes of key, by epoch and place. */
function changesOf(introductions: readonly Introduction[], trust: Trust) {
  const changes = new Map<string, { seq: number; keyId: string }[]>();
  for (const { envelope, text, signature, key } of introductions) {
    const signer = trust.keys.get(envelope.keyId);
    if (!signer || !isSigned(text, signature, publicKeyOf(signer)) || !trust.keys.has(key.id)) continue;
    const list = changes.get(envelope.epoch) ?? [];
    list.push({ seq: envelope.seq, keyId: key.id });
    changes.set(
      envelope.epoch,
      list.sort((a, b) => a.seq - b.seq),
    );
  }
  return changes;
}

function sealedOrNothing(message: Readonly<Record<string, unknown>>): SealedMessage | undefined {
  try {
    return sealedMessageOf(message);
  } catch {
    return undefined; // the second pass says so
  }
}

/** `audit.key` of a record that introduces one. */
function introducedBy(message: Readonly<Record<string, unknown>>): Introduction['key'] | undefined {
  const { key } = (message.audit ?? {}) as { key?: { id?: unknown; publicKey?: unknown } };
  if (message.type !== 'audit' || typeof key?.id !== 'string' || typeof key.publicKey !== 'string')
    return undefined;
  return { id: key.id, publicKey: key.publicKey };
}

/** What a gap record accounts for: records, in an epoch, from a place to a place. */
function spanOf(message: Readonly<Record<string, unknown>>): Span | undefined {
  if (message.type !== 'gap') return undefined;
  const gap = (message.gap ?? {}) as Record<string, unknown>;
  const { epoch, from, to } = gap;
  const chain = (gap.chain ?? {}) as Record<string, unknown>;
  if (gap.what === 'pictures' || typeof epoch !== 'string' || typeof from !== 'number') return undefined;
  const hashOrNull = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    epoch,
    from,
    // A gap without an end is whatever came after in an epoch that is over.
    to: typeof to === 'number' ? to : Number.MAX_SAFE_INTEGER,
    before: hashOrNull(chain.before),
    after: hashOrNull(chain.after),
  };
}
