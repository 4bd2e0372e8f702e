// Rules between keys, which a schema of single values cannot state: ids used twice, keys that need one another. They
// look at the file as written, so that they speak up beside the schema's findings and not only after those are mended.

import { RESERVED_SITE } from '../contract/constants.ts';
import { type Finding, isGroup, valueAt } from './problems.ts';
import { type Path, pathText } from './shape.ts';

export function relationsOf(data: unknown): Finding[] {
  const cameras = listAt(data, ['cameras']);
  return [
    ...twice(cameras, ['cameras'], 'camera id'),
    ...cameras.flatMap((camera, index) => [
      ...twice(listAt(camera, ['lanes']), ['cameras', index, 'lanes'], 'lane id'),
      ...needs(camera, ['cameras', index], 'passwordFile', 'username'),
    ]),
    ...twice(listAt(data, ['watchlists', 'lists']), ['watchlists', 'lists'], 'watchlist id'),
    ...publisherRelations(data),
    ...uplinkRelations(valueAt(data, ['uplink'])),
    ...(valueAt(data, ['site']) === RESERVED_SITE
      ? [{ path: ['site'], message: `site: "${RESERVED_SITE}" is the name of other topics; choose another` }]
      : []),
  ];
}

/** A list may only name publishers that there are. */
function publisherRelations(data: unknown): Finding[] {
  const known = listAt(data, ['watchlists', 'publishers']).map((publisher) => valueAt(publisher, ['name']));
  return listAt(data, ['watchlists', 'lists']).flatMap((list, index) =>
    listAt(list, ['publishers']).flatMap((name, at) => {
      const path: Path = ['watchlists', 'lists', index, 'publishers', at];
      if (typeof name !== 'string' || known.includes(name)) return [];
      const names = known.join(', ') || 'there is none';
      return [
        {
          path,
          message: `${pathText(path)}: wanted a name of watchlists.publishers (${names}), found "${name}"`,
        },
      ];
    }),
  );
}

function uplinkRelations(uplink: unknown): Finding[] {
  const fallbacks = listAt(uplink, ['fallbacks']);
  return [
    ...brokerRelations(uplink, ['uplink']),
    ...needs(uplink, ['uplink'], 'passwordFile', 'username'),
    // what a further broker doesn't say is as with the first: its user name may stand there
    ...fallbacks.flatMap((broker, index) => brokerRelations(broker, ['uplink', 'fallbacks', index])),
  ];
}

function brokerRelations(broker: unknown, path: Path): Finding[] {
  const url = valueAt(broker, ['url']);
  const findings = [
    ...needs(broker, path, 'certFile', 'keyFile'),
    ...needs(broker, path, 'keyFile', 'certFile'),
  ];
  if (typeof url === 'string' && url.startsWith('mqtt://')) {
    for (const key of ['caFile', 'certFile'])
      if (valueAt(broker, [key]) !== undefined)
        findings.push({
          path: [...path, key],
          atKey: true,
          message: `${pathText([...path, key])} is for TLS; wanted an ${pathText([...path, 'url'])} that starts with mqtts://, found mqtt://`,
        });
  }
  return findings;
}

function twice(entries: unknown[], path: Path, what: string): Finding[] {
  const first = new Map<unknown, number>();
  const findings: Finding[] = [];
  entries.forEach((entry, index) => {
    const id = valueAt(entry, ['id']);
    if (id === undefined || id === null) return;
    const before = first.get(id);
    if (before === undefined) first.set(id, index);
    else
      findings.push({
        path: [...path, index, 'id'],
        message: `${what} "${String(id)}" is used twice; wanted another one than entry ${before + 1} has`,
      });
  });
  return findings;
}

function needs(group: unknown, path: Path, key: string, other: string): Finding[] {
  if (!isGroup(group) || group[key] === undefined || group[other] !== undefined) return [];
  const where = [...path, key];
  return [{ path: where, atKey: true, message: `"${key}" needs "${other}" beside it, which is missing` }];
}

function listAt(data: unknown, path: Path): unknown[] {
  const value = valueAt(data, path);
  return Array.isArray(value) ? value : [];
}
