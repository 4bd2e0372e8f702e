// The pictures' lane: one at a time, last of all, within a daily number of bytes. Those of hits go at once, whatever is
// configured and however much was sent that day: somebody is to act on them. Those that the centre asked for go as
// soon as no urgent and no live record waits, the others when nothing waits at all. What was asked for is kept in
// the journal: a restart forgets nothing that was answered with `queued`.

import { type Address, readMessage } from '../contract/index.ts';
import type { EvidenceStore } from '../evidence/index.ts';
import type { Journal, JournalRecord, PictureItem, PictureKind, QueuedPicture } from '../journal/index.ts';
import { AnprError, messageOf as textOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Connection } from './connection.ts';
import type { Delivery } from './delivery.ts';
import { type Message, pictureMessageOf } from './message.ts';
import { packetSizeBytes } from './publish-packet.ts';
import { verdictOf, wordsOf } from './reasons.ts';

export interface PicturesConfig {
  /** which pictures go without being asked for */
  send: 'none' | 'plate' | 'all';
  dailyMiB: number;
}

export interface PicturesOptions {
  journal: Pick<
    Journal,
    'pendingPictures' | 'markPicture' | 'requestPictures' | 'requestedPictures' | 'picturesSentSince' | 'get'
  >;
  evidence: Pick<EvidenceStore, 'get'> | undefined;
  config: PicturesConfig;
  address: Address;
  log: Logger;
}

export interface Pictures {
  /** Resolves with what will come. Rejects with `evidence.unknown-read`. */
  request(
    readId: string,
    kinds?: readonly PictureKind[],
  ): Promise<{ kind: PictureKind; state: 'queued' | 'gone' }[]>;
  /** A hit has gone out: its pictures follow. */
  hitSent(): void;
  /** From now on over this connection. */
  use(delivery: Delivery, connection: Connection): void;
  /** Sends the next one if it may. */
  pump(): void;
  /** Nothing more goes; resolves when the one on its way is settled. */
  pause(): Promise<void>;
}

const MAX_REQUESTED = 500;
/** So often in a row a connection may end while the same picture is on its way. */
const ENDINGS = 3;
const MAX_ASIDE = 100;
/** Pictures of hits that are asked for in one go: to find the first of them costs the journal as much as to find a hundred. */
const AT_A_TIME = 100;
const nameOf = ({ readId, kind }: QueuedPicture) => `${readId} ${kind}`;
const KINDS: readonly PictureKind[] = ['plate', 'overview'];
const BYTES_PER_MIB = 1024 * 1024;

/** more: there may be another one to send; none: nothing may go just now; later: nothing more over this connection */
type Outcome = 'more' | 'none' | 'later';

export function createPictures(options: PicturesOptions): Pictures {
  const { journal, evidence, config, address, log } = options;
  const requested: QueuedPicture[] = [];
  /** what was asked for before this start is taken up with the first connection */
  let isTakenUp = false;
  let over: { delivery: Delivery; connection: Connection } | undefined;
  let sending: Promise<void> | undefined;
  /** there may be something to send since the journal was asked */
  let again = false;
  let overBudget = false;
  /** pictures of hits that are known to wait */
  let ofHits: QueuedPicture[] = [];
  /** there may be more of them; after a start nobody knows */
  let mayHaveHits = true;
  /** not sent again before the agent's next start */
  const aside = new Set<string>();
  let endings = { name: '', times: 0 };

  function pump(): void {
    again = true;
    if (sending || !over || !evidence) return;
    const at = over;
    const { delivery } = at;
    const mayRequested = requested.length > 0 && !delivery.isPressed;
    const mayPending = config.send !== 'none' && delivery.isIdle;
    if (!mayRequested && !mayPending && !mayHaveHits && ofHits.length === 0) return;
    again = false;
    sending = sendFirst(at, mayRequested, mayPending).then(
      (outcome) => {
        sending = undefined;
        // Another connection may have come meanwhile: whoever woke it was told that something was on its way.
        if (outcome === 'more' || (outcome === 'none' && again) || over !== at) pump();
      },
      (error) => {
        sending = undefined;
        mayHaveHits = true; // what was asked may not have been answered
        log.warn({ reason: textOf(error) }, 'pictures wait for the next connection');
        if (over === at) over = undefined;
        else pump();
      },
    );
  }

  const isRequested = ({ readId, kind }: Pick<QueuedPicture, 'readId' | 'kind'>) =>
    requested.some((other) => other.readId === readId && other.kind === kind);

  /** Asked for no longer: by its name, others may have come before it meanwhile. Returns whether it was. */
  function settle(picture: QueuedPicture): boolean {
    const index = requested.findIndex((other) => nameOf(other) === nameOf(picture));
    if (index >= 0) requested.splice(index, 1);
    return index >= 0;
  }

  async function takeUp(): Promise<void> {
    const before = await journal.requestedPictures(MAX_REQUESTED);
    requested.unshift(...before.filter((picture) => !isRequested(picture)));
  }

  async function sendFirst(
    at: NonNullable<typeof over>,
    mayRequested: boolean,
    mayPending: boolean,
  ): Promise<Outcome> {
    const ofHit = await nextOfHits();
    if (ofHit) return send(ofHit, at);
    if (!mayRequested && !mayPending) return 'none';
    const picture = mayRequested ? requested[0] : await nextPending();
    if (!picture || !(await isWithinBudget(picture.sizeBytes))) return 'none';
    return send(picture, at);
  }

  async function send(picture: QueuedPicture, at: NonNullable<typeof over>): Promise<Outcome> {
    let jpeg: Buffer | undefined;
    try {
      jpeg = await evidence?.get(picture.readId, picture.kind, picture.at);
    } catch (error) {
      settle(picture);
      setAside(picture, textOf(error));
      return 'more';
    }
    const message = jpeg && pictureMessageOf(picture, jpeg, address);
    const refusal = message ? await publish(message, at) : 'no longer on disk';
    if (refusal === 'later') {
      const wasRequested = settle(picture);
      noteEnding(picture);
      if (wasRequested && !aside.has(nameOf(picture))) requested.push(picture);
      return 'later';
    }
    settle(picture);
    leaveOut(picture);
    if (refusal) log.warn({ read: picture.readId, kind: picture.kind, reason: refusal }, 'picture not sent');
    await journal.markPicture(picture, refusal ? 'gone' : 'sent');
    return 'more';
  }

  async function nextOfHits(): Promise<QueuedPicture | undefined> {
    if (ofHits.length === 0 && mayHaveHits) {
      mayHaveHits = false;
      const waiting = await journal.pendingPictures({ limit: AT_A_TIME + aside.size, ofHits: true });
      ofHits = waiting.filter((picture) => !aside.has(nameOf(picture)));
      if (ofHits.length > 0) mayHaveHits = true;
    }
    return ofHits[0];
  }

  async function nextPending(): Promise<QueuedPicture | undefined> {
    const kinds: readonly PictureKind[] = config.send === 'all' ? KINDS : ['plate'];
    const waiting = await journal.pendingPictures({ limit: 1 + aside.size, kinds });
    return waiting.find((picture) => !aside.has(nameOf(picture)));
  }

  /** A 3.1.1 broker has no words for "too large" and hangs up: one picture must not do that for ever. */
  function noteEnding(picture: QueuedPicture): void {
    const name = nameOf(picture);
    endings = { name, times: endings.name === name ? endings.times + 1 : 1 };
    if (endings.times >= ENDINGS) setAside(picture, 'the connection ended on it each time');
  }

  function setAside(picture: QueuedPicture, reason: string): void {
    if (aside.size >= MAX_ASIDE) aside.clear();
    aside.add(nameOf(picture));
    leaveOut(picture);
    log.warn({ read: picture.readId, kind: picture.kind, reason }, 'picture set aside');
  }

  /** It waits no longer among those of hits, however it went. */
  function leaveOut(picture: QueuedPicture): void {
    ofHits = ofHits.filter((other) => nameOf(other) !== nameOf(picture));
  }

  /** Why it will never be sent; undefined when it was; later: not over this connection. */
  async function publish(message: Message, at: NonNullable<typeof over>): Promise<string | undefined> {
    const { delivery, connection } = at;
    const sizeBytes = packetSizeBytes(message);
    if (sizeBytes > connection.maximumPacketBytes)
      return `packet of ${sizeBytes} bytes; the broker takes ${connection.maximumPacketBytes}`;
    const puback = await delivery.publish(message);
    if (!puback) return 'later';
    const verdict = verdictOf(puback.code);
    if (verdict === 'taken') return undefined;
    if (verdict === 'dead') return wordsOf(puback.code);
    if (over === at) over = undefined;
    log.warn({ reason: wordsOf(puback.code) }, 'the broker does not take pictures');
    return 'later';
  }

  async function isWithinBudget(sizeBytes: number): Promise<boolean> {
    const sentBytes = await journal.picturesSentSince(new Date().setHours(0, 0, 0, 0));
    const fits = sentBytes + sizeBytes <= config.dailyMiB * BYTES_PER_MIB;
    if (!fits && !overBudget) log.info({ sentBytes }, "the day's pictures are sent; the others go tomorrow");
    overBudget = !fits;
    return fits;
  }

  return {
    async request(readId, kinds = KINDS) {
      const record = await journal.get(readId);
      if (record?.type !== 'read' && record?.type !== 'hit')
        throw new AnprError(
          'evidence.unknown-read',
          `wanted a read of this box, found none with id ${readId}`,
        );
      const kept = record.pictures ?? picturesIn(record);
      const room = MAX_REQUESTED - requested.length;
      const found = kinds
        .map((kind) => kept.find((item) => item.kind === kind))
        .filter((picture) => picture !== undefined)
        .slice(0, Math.max(0, room))
        .map((picture) => ({ ...picture, readId }));
      await journal.requestPictures(found);
      requested.push(...found.filter((picture) => !isRequested(picture)));
      pump();
      return kinds.map((kind) => {
        const isQueued = found.some((picture) => picture.kind === kind);
        return { kind, state: isQueued ? ('queued' as const) : ('gone' as const) };
      });
    },
    hitSent() {
      mayHaveHits = true;
    },
    use(delivery, connection) {
      over = { delivery, connection };
      if (isTakenUp) return;
      isTakenUp = true;
      takeUp().then(pump, (error) => {
        isTakenUp = false; // with the next connection
        log.warn({ reason: textOf(error) }, 'what was asked for before the start is not known yet');
      });
    },
    pump,
    async pause() {
      over = undefined;
      await sending;
    },
  };
}

/** The pictures that the read itself names. */
function picturesIn({ payload, at }: JournalRecord): PictureItem[] {
  const read = readMessage.pick({ evidence: true }).safeParse(payload);
  return read.success
    ? read.data.evidence.map(({ kind, sizeBytes, sha256 }) => ({ kind, at, sizeBytes, sha256 }))
    : [];
}
