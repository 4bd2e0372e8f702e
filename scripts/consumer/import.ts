// A line of what `anpr journal export` writes, brought on a stick: the message as it would have been sent, and its
// pictures. What is known already is dropped as if it had come through the broker.

import { arrivalOf } from './arrival.ts';
import type { Arrival } from './store.ts';

interface ExportedPicture {
  jpeg: string;
}

/** @param where for people: file and line */
export function importLine(line: string, where: string): Arrival[] {
  try {
    // The last line says how much was exported.
    if (line.startsWith('{"export":')) return [];
    const { pictures = [], ...message } = JSON.parse(line) as {
      type: string;
      id: string;
      site: string;
      box: string;
      pictures?: ExportedPicture[];
    };
    const prefix = `anpr/1/${message.site}/${message.box}`;
    const record = arrivalOf(
      `${prefix}/${message.type}`,
      Buffer.from(JSON.stringify({ lane: 'backlog', ...message })),
    );
    const brought = pictures.map(({ jpeg }) =>
      arrivalOf(`${prefix}/evidence/${message.id}`, Buffer.from(jpeg, 'base64')),
    );
    if (!record) return [{ kind: 'invalid', topic: where, reason: `no record: type "${message.type}"` }];
    return [record, ...brought].filter((arrival) => arrival !== undefined);
  } catch (error) {
    return [
      { kind: 'invalid', topic: where, reason: error instanceof Error ? error.message : String(error) },
    ];
  }
}
