// A line of what `anpr journal export` writes, brought on a stick: the message as it would have been sent, and its
// pictures. What is known already is dropped as if it had come through the broker.

import { exportedMessage } from '../../agent/shared/exported-lines.ts';
import { arrivalOf } from './arrival.ts';
import type { Arrival } from './store.ts';

/** @param where for people: file and line */
export function importLine(line: string, where: string): Arrival[] {
  // The last line says how much was exported.
  if (line.startsWith('{"export":')) return [];
  const found = exportedMessage(line);
  if (typeof found === 'string') return [{ kind: 'invalid', topic: where, reason: found }];
  const { message, pictures } = found;
  const prefix = `anpr/1/${message.site}/${message.box}`;
  const record = arrivalOf(
    `${prefix}/${message.type}`,
    Buffer.from(JSON.stringify({ lane: 'backlog', ...message })),
  );
  const brought = pictures.map(({ jpeg }) => arrivalOf(`${prefix}/evidence/${message.id}`, jpeg));
  if (!record) return [{ kind: 'invalid', topic: where, reason: `no record: type "${message.type}"` }];
  return [record, ...brought].filter((arrival) => arrival !== undefined);
}
