// Loading a configuration file: YAML with positions, the schema, the rules between keys, the files it names. Every
// problem is told at once, each with its line, because a technician on a ladder has no time for one a run.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import type { SecretOptions } from '../shared/secret-file.ts';
import { missingFiles, withAbsolutePaths } from './files.ts';
import { configPath } from './path.ts';
import { positionOf } from './positions.ts';
import { type ConfigProblem, type Finding, findingsOf, isGroup } from './problems.ts';
import { relationsOf } from './relations.ts';
import { type Config, schema } from './schema.ts';
import { pathText, withEmptyGroups } from './shape.ts';

const MAX_CONFIG_BYTES = 1024 * 1024;

/** A configuration that cannot be used, with all its problems. */
export class ConfigError extends AnprError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(code: 'config.syntax' | 'config.invalid', file: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `${placeText(file, problem)}: ${problem.message}`);
    super(
      code,
      lines.length === 1 ? lines[0]! : `${lines.length} problems in the configuration\n${lines.join('\n')}`,
      `Correct the file, then: anpr config check --config ${file}`,
    );
    this.file = file;
    this.problems = problems;
  }
}

/** `/etc/anpr/agent.yaml:7:5` */
function placeText(file: string, { line, column }: ConfigProblem): string {
  return line === undefined ? file : `${file}:${line}:${column}`;
}

export interface LoadOptions extends SecretOptions {
  /** false: certificates and secrets that the file names need not be there (default true) */
  checkFiles?: boolean;
}

/**
 * The configuration in a file (default: `configPath()`), with defaults and absolute paths. Throws AnprError `config.missing` (no file, or none that
 * can be one), `config.forbidden` (this user may not read it), or a ConfigError `config.syntax` (not YAML) or `config.invalid` with every problem and its line.
 */
export function loadConfig(file: string = configPath(), options: LoadOptions = {}): Config {
  return parseConfig(readConfigFile(file), file, options);
}

const REMEDIES: Record<string, (file: string) => string> = {
  EACCES: () => 'Run this with sudo, or join the group anpr (sudo usermod -aG anpr NAME) and log in anew.',
  EISDIR: (folder) => `Name the file in it, like ${join(folder, 'agent.yaml')}`,
};

/** @throws {AnprError} `config.missing` */
export function readConfigFile(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_CONFIG_BYTES)
      throw new Error(`a file of ${size} bytes, more than the ${MAX_CONFIG_BYTES} a configuration may have`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AnprError(
      codeOf(error) === 'EACCES' ? 'config.forbidden' : 'config.missing',
      `wanted a configuration at ${file}, found ${foundInstead(error)}`,
      REMEDIES[codeOf(error)]?.(file) ??
        `Name another with --config or ANPR_CONFIG, or write one: anpr config init ${file}`,
    );
  }
}

/** The same for a text that came from `file`. */
export function parseConfig(text: string, file: string, options: LoadOptions = {}): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length)
    throw new ConfigError(
      'config.syntax',
      file,
      faults.map((fault) => syntaxProblem(fault, place(fault.pos[0]))),
    );
  const problemOf = (finding: Finding): ConfigProblem => ({
    key: pathText(finding.path),
    message: finding.message,
    suggestion: finding.suggestion,
    ...place(positionOf(document, finding)),
  });
  const written = plainData(document, file);
  const data = isGroup(written) ? withEmptyGroups(written) : written;
  if (!isGroup(data))
    throw new ConfigError('config.invalid', file, [
      problemOf({
        path: [],
        message: `wanted keys like "version: 1", found ${data === null ? 'an empty file' : 'no keys'}`,
      }),
    ]);
  const parsed = schema.safeParse(data);
  const findings = [...(parsed.error ? findingsOf(parsed.error.issues, data) : []), ...relationsOf(data)];
  if (options.checkFiles !== false) findings.push(...missingFiles(data, file, options));
  if (findings.length || !parsed.data) {
    const problems = findings.map(problemOf);
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    throw new ConfigError('config.invalid', file, problems);
  }
  return withAbsolutePaths(parsed.data, file, options);
}

function plainData(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = `wanted plain YAML, found aliases that cannot be resolved: ${messageOf(error)}`;
    throw new ConfigError('config.syntax', file, [
      { key: '', message, suggestion: undefined, line: 1, column: 1 },
    ]);
  }
}

function syntaxProblem(fault: YAMLError, place: { line: number; column: number }): ConfigProblem {
  const hints: Partial<Record<string, string>> = {
    DUPLICATE_KEY: 'this key was there before: wanted each key once',
    TAB_AS_INDENT: 'found a tab: wanted spaces to indent with',
    MULTIPLE_DOCS: 'found a second YAML document: wanted one a file',
  };
  return {
    key: '',
    message: hints[fault.code] ?? `not YAML: ${fault.message.split('\n')[0]}`,
    suggestion: undefined,
    ...place,
  };
}
