// Where in the YAML text a path of keys is, through aliases too.

import { type Document, isAlias, isCollection, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Finding } from './problems.ts';

/** Offset of the finding's key or value, of the nearest group around it when it is not in the text. */
export function positionOf(
  document: Document.Parsed,
  { path, atKey }: Pick<Finding, 'path' | 'atKey'>,
): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? key.value : key) === step);
      if (!pair) return offset;
      const last = depth === path.length - 1;
      offset = (last && !atKey ? startOf(pair.value) : undefined) ?? startOf(pair.key) ?? offset;
      // The values of a group are found by its key: the line above its first one.
      if (last && isCollection(pair.value) && !pair.value.flow) offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
