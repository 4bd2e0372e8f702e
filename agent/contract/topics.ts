// The topics of the contract, version 1, as data: the code that publishes and the published document both come from here.

import type { z } from 'zod';
import {
  evidenceCommand,
  pictureProperties,
  receiptMessage,
  replayCommand,
  replyMessage,
} from './answers.ts';
import { auditMessage } from './audit.ts';
import { CONTRACT_VERSION, RESERVED_SITE } from './constants.ts';
import { healthMessage } from './health.ts';
import { centralHitMessage, hitCommand, hitMessage } from './hits.ts';
import { readMessage, statusMessage } from './messages.ts';
import { changeMessage, gapMessage } from './records.ts';
import { wantMessage, watchlistManifest } from './watchlist.ts';

export interface Address {
  site: string;
  box: string;
}

export interface Channel {
  /** behind `anpr/1/{site}/{box}/`; `{…}` stands for one level */
  path: string;
  /** for all boxes: the path stands behind `anpr/1/` */
  shared?: true;
  /** as the box sees it; centre: among parts of the central platform, a box has no share in it */
  direction: 'out' | 'in' | 'centre';
  retained: boolean;
  /** undefined: no JSON */
  schema: z.ZodType | undefined;
  /** of what is no JSON */
  contentType?: 'image/jpeg' | 'application/gzip';
  /** MQTT 5 user properties */
  properties?: z.ZodType;
  about: string;
}

export const channels = {
  read: {
    path: 'read',
    direction: 'out',
    retained: false,
    schema: readMessage,
    about: 'One vehicle passing, one read',
  },
  hit: {
    path: 'hit',
    direction: 'out',
    retained: false,
    schema: hitMessage,
    about: 'A plate that a watchlist speaks of, and what became of it; sent first',
  },
  change: {
    path: 'change',
    direction: 'out',
    retained: false,
    schema: changeMessage,
    about: 'A change of state as a record of the sequence',
  },
  gap: {
    path: 'gap',
    direction: 'out',
    retained: false,
    schema: gapMessage,
    about: 'Seqs that will never come, and why',
  },
  audit: {
    path: 'audit',
    direction: 'out',
    retained: false,
    schema: auditMessage,
    about: 'Who looked at what on the box, and which key signs: records of the sequence',
  },
  evidence: {
    path: 'evidence/{readId}',
    direction: 'out',
    retained: false,
    schema: undefined,
    contentType: 'image/jpeg',
    properties: pictureProperties,
    about: 'One picture of a read, JPEG; sent last, or on request',
  },
  status: {
    path: 'status',
    direction: 'out',
    retained: true,
    schema: statusMessage,
    about: 'How the box is now; last will: offline. No record: it has no seq',
  },
  health: {
    path: 'health',
    direction: 'out',
    retained: true,
    schema: healthMessage,
    about: 'Once a minute how the box is: the facts of its metrics. No record: it has no seq',
  },
  receipt: {
    path: 'receipt',
    direction: 'in',
    retained: true,
    schema: receiptMessage,
    about: 'What of this box is durable at the consumer, and what is missing',
  },
  replay: {
    path: 'cmd/replay',
    direction: 'in',
    retained: false,
    schema: replayCommand,
    about: 'Asks for records again',
  },
  evidenceRequest: {
    path: 'cmd/evidence',
    direction: 'in',
    retained: false,
    schema: evidenceCommand,
    about: 'Asks for the pictures of a read',
  },
  hitCommand: {
    path: 'cmd/hit',
    direction: 'in',
    retained: false,
    schema: hitCommand,
    about: 'What people made of a hit: acknowledged, confirmed, rejected, closed',
  },
  centralHit: {
    path: 'central/hit',
    direction: 'centre',
    retained: false,
    schema: centralHitMessage,
    about: 'A read of this box that a list of the centre speaks of: from a generator to a gateway',
  },
  reply: {
    path: 'reply/{name}',
    direction: 'out',
    retained: false,
    schema: replyMessage,
    about: 'Answer to cmd/{name} when the command named no response topic',
  },
  watchlist: {
    path: 'watchlist/{list}',
    shared: true,
    direction: 'in',
    retained: true,
    schema: watchlistManifest,
    about: 'What is published of a list: version, parts, signature',
  },
  watchlistPart: {
    path: 'watchlist/{list}/{version}/{part}',
    shared: true,
    direction: 'in',
    retained: true,
    schema: undefined,
    contentType: 'application/gzip',
    about: 'One part of a list; a box asks for it by subscribing',
  },
  want: {
    path: 'want',
    direction: 'out',
    retained: false,
    schema: wantMessage,
    about: 'Asks the publisher for parts of a list that the broker does not have',
  },
} as const satisfies Record<string, Channel>;

export type ChannelName = keyof typeof channels;

/** `anpr/1/{site}/{box}/read`: the whole topic, `{…}` for one level. */
export function topicPatternOf({ path, shared }: Channel): string {
  return `anpr/${CONTRACT_VERSION}/${shared ? '' : '{site}/{box}/'}${path}`;
}

const prefixOf = ({ site, box }: Address) => `anpr/${CONTRACT_VERSION}/${site}/${box}/`;

/** `anpr/1/{site}/{box}/{name}` */
export function topicOf(
  address: Address,
  name:
    | 'read'
    | 'hit'
    | 'change'
    | 'gap'
    | 'audit'
    | 'status'
    | 'health'
    | 'receipt'
    | 'cmd/+'
    | 'want'
    | 'central/hit',
): string {
  return prefixOf(address) + name;
}

export function evidenceTopicOf(address: Address, readId: string): string {
  return `${prefixOf(address)}evidence/${readId}`;
}

export function replyTopicOf(address: Address, command: string): string {
  return `${prefixOf(address)}reply/${command}`;
}

/** Of a list's manifest. */
export function watchlistTopicOf(list: string): string {
  return `anpr/${CONTRACT_VERSION}/${RESERVED_SITE}/${list}`;
}

/** @param base version that a delta starts from; null: of the whole list @param part from 1 */
export function partTopicOf(list: string, version: number, base: number | null, part: number): string {
  return `${watchlistTopicOf(list)}/${version}/${base === null ? '' : `${base}-`}${part}`;
}

/** `anpr/1/{site}/{box}/{name}` → its parts; undefined for any other topic. */
export function addressOf(topic: string): (Address & { name: string }) | undefined {
  const [root, version, site, box, ...name] = topic.split('/');
  if (root !== 'anpr' || version !== String(CONTRACT_VERSION)) return undefined;
  if (!site || site === RESERVED_SITE || !box || name.length === 0) return undefined;
  return { site, box, name: name.join('/') };
}
