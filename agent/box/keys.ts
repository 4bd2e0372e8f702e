// The keys of this box, and what is to be said of them.

import type { AgentStatus } from '../api/index.ts';
import type { Config } from '../config/index.ts';
import type { Journal } from '../journal/index.ts';
import { type KeyRing, loadKeys, openRing } from '../seal/index.ts';
import type { Logger } from '../shared/log.ts';

export interface BoxKeys {
  ring: KeyRing;
  status: AgentStatus['keys'];
}

/** A journal that was sealed with keys that are gone. */
export function lostKeys({ chainBroken }: Journal): string | null {
  return chainBroken?.cause === 'key-lost' ? `${chainBroken.reason}: what it sealed cannot be read` : null;
}

/** The keys that seal and sign, and what is to be said of them. */
export function boxKeys(config: Config, log: Logger): BoxKeys {
  const { ring, ...found } = loadKeys(config.journal.path);
  const open = openRing(ring);
  const known = open.ids.map((id) => ({ id, publicKey: open.get(id)!.publicKey }));
  const status = { ...found, current: open.current.id, known };
  log.info({ key: status.current, place: found.place, made: found.made }, 'keys of the box');
  if (found.problem)
    log.error(
      { reason: found.problem },
      'the keys that were there cannot be used: what they sealed stays unreadable',
    );
  if (found.place === 'file')
    log.warn(
      { path: found.path },
      'the keys lie in a file: whoever takes the disk can read everything on it; on a box with systemd: anpr keys seal',
    );
  return { ring, status };
}
