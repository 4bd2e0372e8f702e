// What the schema says at a place, in words: read off its JSON Schema, so that messages, the documentation and the
// editor's completion cannot disagree.

import { z } from 'zod';
import { schema } from './schema.ts';

/** The part of JSON Schema that our configuration uses. */
export interface Shape {
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  description?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  prefixItems?: Shape[];
  enum?: (string | number)[];
  const?: string | number;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minItems?: number;
}

export type Path = readonly PropertyKey[];

/** JSON Schema (2020-12) of the file as people write it: keys with a default may be left out. */
export function jsonSchema(): Record<string, unknown> {
  const generated = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return { ...generated, title: 'anpr-edge agent configuration' };
}

let root: Shape | undefined;

/** The whole file's shape. */
export function rootShape(): Shape {
  root ??= jsonSchema() as Shape;
  return root;
}

/** The shape at `path`, undefined where the schema knows nothing. */
export function shapeAt(path: Path): Shape | undefined {
  let shape: Shape | undefined = rootShape();
  for (const step of path) {
    if (!shape) return undefined;
    shape =
      typeof step === 'number'
        ? (shape.prefixItems?.[step] ?? shape.items)
        : shape.properties?.[String(step)];
  }
  return shape;
}

/** `data` with an empty group or list where the file has a key with nothing after it: all its keys are commented out. */
export function withEmptyGroups(data: unknown, shape: Shape | undefined = rootShape()): unknown {
  if (data === null && shape?.type === 'object') return {};
  if (data === null && shape?.type === 'array') return [];
  if (Array.isArray(data)) return data.map((entry) => withEmptyGroups(entry, shape?.items));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, withEmptyGroups(value, shape?.properties?.[key] ?? {})]),
  );
}

/** `cameras[0].url` */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text ? `.${String(step)}` : String(step);
  }
  return text;
}

/** Where else in the schema a key of this name is: `uplink.caFile`, `cameras[].masks`. */
export function placesOfKey(key: string): string[] {
  const places: string[] = [];
  const walk = (shape: Shape, place: string) => {
    for (const [name, inner] of Object.entries(shape.properties ?? {})) {
      const here = place ? `${place}.${name}` : name;
      if (name === key) places.push(here);
      walk(inner, here);
    }
    if (shape.items) walk(shape.items, `${place}[]`);
  };
  walk(rootShape(), '');
  return places;
}

/** `a number from 1 to 60`, `one of tcp, udp`, `text` … */
export function expectation(shape: Shape | undefined): string {
  if (!shape) return 'something else';
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum) return `one of ${shape.enum.join(', ')}`;
  switch (shape.type) {
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    case 'integer':
      return `a whole number${range(shape)}`;
    case 'number':
      return `a number${range(shape)}`;
    case 'array':
      return shape.prefixItems
        ? `a list of ${shape.prefixItems.length}: [${shape.prefixItems.map(expectation).join(', ')}]`
        : `a list${shape.minItems ? ` of at least ${shape.minItems}` : ''}`;
    case 'object':
      return `a group of keys (${Object.keys(shape.properties ?? {}).join(', ')})`;
    default:
      return 'something else';
  }
}

function range({ minimum, maximum }: Shape): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  if (maximum !== undefined) return ` of at most ${maximum}`;
  return '';
}
