// A message becomes something that the gateway keeps, or a reason why it is none. Records of boxes are checked as the consumer
// checks them; besides, nobody speaks for another box.

import { z } from 'zod';
import {
  type Address,
  addressOf,
  centralHitMessage,
  hitMessage,
  type ReplyMessage,
  replyMessage,
  statusMessage,
} from '../../agent/contract/index.ts';
import { messageOf } from '../../agent/shared/errors.ts';
import { recordOf } from '../consumer/arrival.ts';
import { sha256Of } from '../consumer/store.ts';
import type { SideMessage } from './report.ts';

export type Arrival =
  | { kind: 'hit'; message: SideMessage; text: string }
  | { kind: 'picture'; about: string; sha256: string; jpeg: Buffer }
  | { kind: 'status'; address: Address; online: boolean }
  | { kind: 'reply'; reply: ReplyMessage }
  | { kind: 'invalid'; topic: string; reason: string };

/** of an overview in full size there is ten times less */
const MOST_PICTURE_BYTES = 8 * 1024 * 1024;

/** undefined: nothing for a gateway, or nothing at all */
export function arrivalOf(topic: string, payload: Buffer): Arrival | undefined {
  const address = addressOf(topic);
  if (!address || payload.length === 0) return undefined;
  const [name = '', more = ''] = address.name.split('/');
  try {
    if (name === 'central' && more === 'hit') {
      const text = payload.toString();
      return hitArrival(address, centralHitMessage.parse(JSON.parse(text)), text);
    }
    if (name === 'reply') return { kind: 'reply', reply: replyMessage.parse(JSON.parse(payload.toString())) };
    if (name === 'evidence' && more) return pictureArrival(topic, more, payload);
    const text = payload.toString();
    const message: unknown = JSON.parse(text);
    if (name === 'status') return { kind: 'status', address, online: statusMessage.parse(message).online };
    if (name !== 'hit' || more !== '') return undefined;
    recordOf(name, message, text);
    return hitArrival(address, hitMessage.parse(message), text);
  } catch (error) {
    return { kind: 'invalid', topic, reason: wordsOf(error) };
  }
}

/** Which members are wrong, never what stands in them. */
function wordsOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof SyntaxError ? 'no JSON' : messageOf(error);
  return error.issues.map(({ path, message }) => `${path.join('.') || 'message'}: ${message}`).join('; ');
}

function hitArrival({ site, box }: Address, message: SideMessage, text: string): Arrival {
  if (message.site !== site || message.box !== box)
    throw new Error(`wanted a hit of ${site}/${box}, found one of ${message.site}/${message.box}`);
  return { kind: 'hit', message, text };
}

function pictureArrival(topic: string, about: string, jpeg: Buffer): Arrival {
  if (jpeg.length > MOST_PICTURE_BYTES)
    return {
      kind: 'invalid',
      topic,
      reason: `a picture of ${jpeg.length} bytes: wanted ${MOST_PICTURE_BYTES} at most`,
    };
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return { kind: 'invalid', topic, reason: 'wanted a JPEG' };
  return { kind: 'picture', about, sha256: sha256Of(jpeg), jpeg };
}
