// What the uplink needs and what it tells of itself.

import type { UplinkConfig } from '../config/index.ts';
import type { Address, HitCommand, HitState } from '../contract/index.ts';
import type { EvidenceStore } from '../evidence/index.ts';
import type { Journal } from '../journal/index.ts';
import type { Logger } from '../shared/log.ts';
import type { Broker } from './broker-policy.ts';
import type { Puback, Received } from './connection.ts';
import type { Protocol, RetryTimes } from './connection-policy.ts';
import type { Message, StatusFields } from './message.ts';
import type { ReceiptTimes } from './receipt-policy.ts';

/** What must not stand in the configuration. Read anew for each connection, so that a renewed key is taken up. */
export interface UplinkSecrets {
  password?: string;
  /** this box's private key, PEM */
  key?: string | Buffer;
}

/** What the uplink asks of the journal. */
export type UplinkJournal = Pick<
  Journal,
  | 'epoch'
  | 'lastPosition'
  | 'pending'
  | 'markSent'
  | 'markDead'
  | 'confirm'
  | 'replay'
  | 'get'
  | 'pendingPictures'
  | 'markPicture'
  | 'requestPictures'
  | 'requestedPictures'
  | 'picturesSentSince'
  | 'follow'
  | 'onRequeued'
>;

export interface UplinkOptions {
  journal: UplinkJournal;
  /** where pictures are; without it none is sent */
  evidence?: Pick<EvidenceStore, 'get'>;
  config: UplinkConfig;
  address: Address;
  /** may reject: the uplink then says so in its state and tries again */
  secrets?: (broker: Broker) => Promise<UplinkSecrets>;
  /** asked for each status message */
  status: () => StatusFields | Promise<StatusFields>;
  /** carries out what people made of a hit (cmd/hit) and resolves with how it stands then */
  decideHit?: ((command: HitCommand) => Promise<HitState>) | undefined;
  /** called for each connection, once it serves: for what else goes over it than records */
  onLink?: (link: Link) => void;
  log: Logger;
  /** closes the uplink */
  signal?: AbortSignal;
  /** for tests: the pace of attempts */
  times?: Partial<UplinkTimes>;
}

/** One connection, for as long as it lasts. Nothing here rejects. */
export interface Link {
  /** QoS 1. Resolves with why the broker refuses, or with undefined when it grants. */
  subscribe(topics: readonly string[], listener: (received: Received) => void): Promise<string | undefined>;
  unsubscribe(topics: readonly string[]): Promise<void>;
  /** QoS 1, within the window of what is in flight. Resolves with undefined when the connection ended first. */
  publish(message: Message): Promise<Puback | undefined>;
  /** aborted when the connection has ended, or is about to */
  readonly ended: AbortSignal;
}

export interface UplinkTimes extends RetryTimes, ReceiptTimes {
  /** from the first packet to the broker's answer */
  connectMs: number;
  /** what close waits for: records in flight and the status */
  closeMs: number;
  /** how often an earlier broker is tried while a later one serves */
  returnMs: number;
  /** how often the status is told without a change */
  statusMs: number;
  /** records that have to be sent again are gathered for so long: each time costs a new connection */
  againMs: number;
  /** records sent less than so long ago may still be on their way to the consumer: no receipt brings them again */
  graceMs: number;
}

export interface UplinkState {
  /**
   * off: not configured; waiting: the next attempt is due; refused: as waiting, and somebody has to act;
   * held: connected, but the broker takes no reads
   */
  state: 'off' | 'connecting' | 'connected' | 'held' | 'waiting' | 'refused' | 'closed';
  /** why it is not connected, or held, or what the broker doesn't take; one line for people */
  reason: string | null;
  /** the one that serves, or is tried */
  broker: string | null;
  protocol: Protocol | null;
  /** UTC epoch milliseconds of the last change of `state` */
  since: number;
  /** failures in a row */
  failures: number;
  /** messages that wait for their PUBACK */
  inFlight: number;
  /** records acknowledged by the broker since the start of the agent */
  sentTotal: number;
  /** records that became dead letters since the start of the agent */
  deadTotal: number;
  /** UTC epoch milliseconds of the last PUBACK of a record */
  lastSentAt: number | null;
}

export interface Uplink {
  state(): UplinkState;
  /** Calls back at each change of state. Returns what ends it. */
  watch(listener: (state: UplinkState) => void): () => void;
  /** The status has changed: it is published now, or with the next connection. */
  publishStatus(): void;
  /** Waits a little for what is in flight, says offline, ends the connection. */
  close(): Promise<void>;
}
