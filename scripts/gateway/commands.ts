// Commands to boxes, and their answers. A command that nobody answers costs nothing: it is asked again by whoever asked, and
// a box answers the same command the same.

import { randomUUID } from 'node:crypto';
import type { Address, ReplyMessage } from '../../agent/contract/index.ts';
import { topicOf } from '../../agent/contract/index.ts';

export interface Commands {
  /** Rejects when no answer comes in time, or the broker is away. */
  ask(address: Address, command: 'hit' | 'evidence', request: object): Promise<ReplyMessage>;
  /** An answer has come; also one of another gateway's. */
  take(reply: ReplyMessage): void;
  close(): void;
}

/** so long a box may take */
const ANSWER_MS = 10_000;

/** @param publish false: not connected */
export function createCommands(publish: (topic: string, message: string) => boolean): Commands {
  const waiting = new Map<string, { take(reply: ReplyMessage): void; fail(why: string): void }>();
  return {
    ask({ site, box }, command, request) {
      const id = randomUUID();
      const { promise, resolve, reject } = Promise.withResolvers<ReplyMessage>();
      const timer = setTimeout(() => fail('no answer'), ANSWER_MS);
      const done = () => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      const fail = (why: string) => {
        done();
        reject(new Error(`${site}/${box}: ${why}`));
      };
      waiting.set(id, {
        fail,
        take(reply) {
          done();
          resolve(reply);
        },
      });
      const message = JSON.stringify({ schema: 1, type: 'command', id, command, ...request });
      if (!publish(topicOf({ site, box }, 'cmd/+').replace('+', command), message)) fail('no broker');
      return promise;
    },
    take: (reply) => waiting.get(reply.id)?.take(reply),
    close() {
      for (const { fail } of [...waiting.values()]) fail('the gateway ends');
    },
  };
}
