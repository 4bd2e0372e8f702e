// Commands from the central platform: checked, carried out, answered. A command is answered whatever happens to it.

import { type Address, addressOf, commands, type HitCommand, type HitState } from '../contract/index.ts';
import type { Journal } from '../journal/index.ts';
import { AnprError, codeOf, messageOf as textOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Received } from './connection.ts';
import { type Message, replyMessageOf } from './message.ts';
import type { Pictures } from './pictures.ts';

export interface CommandOptions {
  journal: Pick<Journal, 'replay' | 'epoch'>;
  pictures: Pick<Pictures, 'request'>;
  /** carries out what people made of a hit; undefined: this box raises none */
  decideHit: ((command: HitCommand) => Promise<HitState>) | undefined;
  address: Address;
  log: Logger;
}

/** Resolves with the reply; undefined when nobody can be told. Never rejects. */
export async function obey(received: Received, options: CommandOptions): Promise<Message | undefined> {
  const { address, log } = options;
  const name = addressOf(received.topic)?.name.replace(/^cmd\//, '') ?? '';
  // A retained command would be carried out again with each connection.
  if (received.retain) {
    log.warn({ command: name }, 'a retained command is not carried out');
    return undefined;
  }
  const to = {
    command: name,
    responseTopic: answerable(received.responseTopic),
    correlationData: received.correlationData,
  };
  let id = '';
  try {
    const request: unknown = JSON.parse(received.payload.toString());
    id = idOf(request);
    const result = await carryOut(name, request, options);
    log.info({ command: name, id, result }, 'command carried out');
    return replyMessageOf({ ...to, id, result }, address);
  } catch (error) {
    const code = error instanceof SyntaxError ? 'command.not-json' : codeOf(error);
    log.warn({ command: name, id, code, reason: textOf(error) }, 'command refused');
    return replyMessageOf({ ...to, id, error: { code, message: textOf(error) } }, address);
  }
}

async function carryOut(name: string, request: unknown, options: CommandOptions): Promise<unknown> {
  switch (name) {
    case 'replay': {
      const { epoch = options.journal.epoch, from, to } = checked('replay', request);
      return await options.journal.replay({ epoch, from, to });
    }
    case 'evidence': {
      const { readId, kinds } = checked('evidence', request);
      return { pictures: await options.pictures.request(readId, kinds) };
    }
    case 'hit': {
      const command = checked('hit', request);
      if (!options.decideHit) throw new AnprError('hit.unknown', 'this box raises no hits');
      return { hit: command.hit, state: await options.decideHit(command) };
    }
    default:
      throw new AnprError(
        'command.unknown',
        `wanted one of the commands ${Object.keys(commands).join(', ')}, found "${name}"`,
      );
  }
}

function checked<N extends keyof typeof commands>(name: N, request: unknown) {
  const result = commands[name].safeParse(request);
  if (result.success) return result.data as ReturnType<(typeof commands)[N]['parse']>;
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.') || 'message'}: ${message}`);
  throw new AnprError('command.invalid', wrong.join('; '));
}

function idOf(request: unknown): string {
  const id = typeof request === 'object' && request !== null && 'id' in request ? request.id : undefined;
  return typeof id === 'string' ? id.slice(0, 64) : '';
}

/** A response topic that can be published to: no wildcard, and nothing of the broker's own. */
function answerable(topic: string | undefined): string | undefined {
  return topic === undefined || topic === '' || /^\$|[+#\0]/.test(topic) ? undefined : topic;
}
