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
import { readMessage, statusMessage } from './messages.ts';
import { CONTRACT_VERSION } from './parts.ts';
import { changeMessage, gapMessage } from './records.ts';

export interface Address {
  site: string;
  box: string;
}

export interface Channel {
  /** behind `anpr/1/{site}/{box}/`; `{…}` stands for one level */
  path: string;
  /** as the box sees it */
  direction: 'out' | 'in';
  retained: boolean;
  /** undefined: no JSON */
  schema: z.ZodType | undefined;
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
  reply: {
    path: 'reply/{name}',
    direction: 'out',
    retained: false,
    schema: replyMessage,
    about: 'Answer to cmd/{name} when the command named no response topic',
  },
} as const satisfies Record<string, Channel>;

export type ChannelName = keyof typeof channels;

const prefixOf = ({ site, box }: Address) => `anpr/${CONTRACT_VERSION}/${site}/${box}/`;

/** `anpr/1/{site}/{box}/{name}` */
export function topicOf(
  address: Address,
  name: 'read' | 'hit' | 'change' | 'gap' | 'audit' | 'status' | 'health' | 'receipt' | 'cmd/+',
): string {
  return prefixOf(address) + name;
}

export function evidenceTopicOf(address: Address, readId: string): string {
  return `${prefixOf(address)}evidence/${readId}`;
}

export function replyTopicOf(address: Address, command: string): string {
  return `${prefixOf(address)}reply/${command}`;
}

/** `anpr/1/{site}/{box}/{name}` → its parts; undefined for any other topic. */
export function addressOf(topic: string): (Address & { name: string }) | undefined {
  const [root, version, site, box, ...name] = topic.split('/');
  if (root !== 'anpr' || version !== String(CONTRACT_VERSION)) return undefined;
  if (!site || !box || name.length === 0) return undefined;
  return { site, box, name: name.join('/') };
}
