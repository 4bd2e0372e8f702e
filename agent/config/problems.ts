// A problem in a configuration file: where it is, what was wanted, what came, and what was probably meant. Pure: it
// turns the schema's findings into sentences a technician can act on. Secrets that came are never repeated.

import type { z } from 'zod';
import { nearest } from '../shared/nearest.ts';
import { redactUrl } from '../shared/redact.ts';
import { expectation, type Path, pathText, placesOfKey, type Shape, shapeAt } from './shape.ts';

export interface ConfigProblem {
  /** path in the file, like `cameras[0].url`; empty for the file as a whole */
  key: string;
  /** what was wanted and what came, one sentence without a full stop */
  message: string;
  /** nearest valid key, or undefined */
  suggestion: string | undefined;
  /** from 1; undefined when the file could not be read as YAML at all */
  line: number | undefined;
  column: number | undefined;
}

/** A problem before its place in the file is known. */
export interface Finding {
  path: Path;
  /** the place to show is the key, not its value */
  atKey?: boolean;
  message: string;
  suggestion?: string;
}

const SECRET_KEY = /^(password|passwd|pwd|pass|secret|token|passphrase|psk)$/i;

/** All findings for what the schema did not accept in `data`. */
export function findingsOf(issues: readonly z.core.$ZodIssue[], data: unknown): Finding[] {
  const findings: Finding[] = [];
  const meant = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) {
      const finding = unknownKey(issue.path, key, data);
      if (finding.suggestion) meant.add(pathText([...issue.path, finding.suggestion]));
      findings.push(finding);
    }
  }
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') continue;
    const value = valueAt(data, issue.path);
    // A required key that is only mistyped is told of once.
    if (value === undefined && meant.has(pathText(issue.path))) continue;
    findings.push(value === undefined ? missingKey(issue.path) : wrongValue(issue, value));
  }
  return findings;
}

function unknownKey(path: Path, key: string, data: unknown): Finding {
  const where = path.length ? ` in ${pathText(path)}` : '';
  const valid = Object.keys(shapeAt(path)?.properties ?? {});
  const at = { path: [...path, key], atKey: true };
  if (SECRET_KEY.test(key)) {
    const fileKey = valid.includes('passwordFile') ? 'passwordFile' : undefined;
    return {
      ...at,
      message: `"${key}"${where}: a secret does not belong in this file; wanted ${fileKey ? `"${fileKey}", the file that holds it` : 'a file or a systemd credential'}`,
    };
  }
  const used = valueAt(data, path);
  const free = valid.filter((name) => !(isGroup(used) && name in used));
  const suggestion = nearest(key, free) ?? nearest(key, valid);
  if (suggestion)
    return { ...at, message: `unknown key "${key}"${where}; did you mean "${suggestion}"?`, suggestion };
  const elsewhere = placesOfKey(key);
  return {
    ...at,
    message: elsewhere.length
      ? `unknown key "${key}"${where}; it belongs to ${elsewhere.join(' or ')}`
      : `unknown key "${key}"${where}; wanted one of ${valid.join(', ')}`,
  };
}

function missingKey(path: Path): Finding {
  const shape = shapeAt(path);
  return {
    path: path.slice(0, -1),
    message: `${pathText(path)} is missing; wanted ${expectation(shape)}${described(shape)}`,
  };
}

function wrongValue(issue: z.core.$ZodIssue, value: unknown): Finding {
  const shape = shapeAt(issue.path);
  // A format's or a rule's own words say more than the type does.
  const own = issue.code === 'custom' || issue.code === 'invalid_format';
  const wanted = own
    ? issue.message
    : issue.code === 'too_big' && shape?.type === 'string'
      ? `at most ${String(issue.maximum)} characters`
      : expectation(shape);
  const finding: Finding = {
    path: issue.path,
    message: `${pathText(issue.path) || 'the file'}: wanted ${wanted}, found ${foundText(value, shape)}`,
  };
  const options = shape?.enum?.map(String);
  const near = options && typeof value === 'string' ? nearest(value, options) : undefined;
  if (near) {
    finding.message += `; did you mean "${near}"?`;
    finding.suggestion = near;
  }
  return finding;
}

/** What came, short, in the file's own terms, with a hint where YAML surprises people. */
function foundText(value: unknown, shape: Shape | undefined): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isGroup(value)) {
    const keys = Object.keys(value);
    return keys.length ? `a group of keys (${keys.slice(0, 5).join(', ')})` : 'an empty group';
  }
  if (typeof value === 'string') {
    const text = redactUrl(value);
    const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
    if (shape?.type === 'boolean' && /^(yes|no|on|off|y|n)$/i.test(value))
      return `${shown} (YAML 1.2 knows only true and false)`;
    if (
      (shape?.type === 'number' || shape?.type === 'integer') &&
      value.trim() &&
      !Number.isNaN(Number(value))
    )
      return `the text ${shown}: leave the quotes out`;
    return shown;
  }
  const shown = `the ${typeof value === 'boolean' ? 'switch' : 'number'} ${String(value)}`;
  const meantAsText =
    shape?.type === 'string' && (!shape.enum || shape.enum.map(String).includes(String(value)));
  return meantAsText ? `${shown}: put it in quotes` : String(value);
}

function described(shape: Shape | undefined): string {
  return shape?.description ? ` (${shape.description})` : '';
}

export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }
  return value;
}
