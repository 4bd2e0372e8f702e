// What the uplink needs and what it tells of itself.

import type { UplinkConfig } from '../config/index.ts';
import type { Address } from '../contract/index.ts';
import type { Logger } from '../shared/log.ts';
import type { Protocol, RetryTimes } from './connection-policy.ts';
import type { Queue } from './delivery.ts';
import type { StatusFields } from './message.ts';

/** What must not stand in the configuration. Read anew for each connection, so that a renewed key is taken up. */
export interface UplinkSecrets {
  password?: string;
  /** this box's private key, PEM */
  key?: string | Buffer;
}

export interface UplinkOptions {
  journal: Queue;
  config: UplinkConfig;
  address: Address;
  /** may reject: the uplink then says so in its state and tries again */
  secrets?: () => Promise<UplinkSecrets>;
  /** asked for each status message */
  status: () => StatusFields;
  log: Logger;
  /** closes the uplink */
  signal?: AbortSignal;
  /** for tests: the pace of attempts */
  times?: Partial<UplinkTimes>;
}

export interface UplinkTimes extends RetryTimes {
  /** from the first packet to the broker's answer */
  connectMs: number;
  /** what close waits for: records in flight and the status */
  closeMs: number;
}

export interface UplinkState {
  /**
   * off: not configured; waiting: the next attempt is due; refused: as waiting, and somebody has to act;
   * held: connected, but the broker takes no records
   */
  state: 'off' | 'connecting' | 'connected' | 'held' | 'waiting' | 'refused' | 'closed';
  /** why it is not connected, or held; one line for people */
  reason: string | null;
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
