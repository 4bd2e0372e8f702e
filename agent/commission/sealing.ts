// Signing and checking reports. What is signed is a statement over the SHA-256 of the canonical report (RFC 8785), of the
// page's bytes, or of the table's lines; a statement has its name in it, so that none passes for a record's envelope.

import { hash } from 'node:crypto';
import { type BoxKey, canonical, isSigned, keyIdOf, publicKeyOf } from '../seal/index.ts';
import { csvRecords } from '../shared/csv.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { isReportTable } from './csv.ts';
import {
  REPORT_VERSION,
  type Report,
  type ReportContent,
  reportSchema,
  type Seal,
  sealSchema,
} from './report-schema.ts';

type Statement = 'commission' | 'commission-page' | 'commission-csv';

const signedText = (statement: Statement, sha256: string, keyId: string) =>
  canonical({ version: 1, statement, sha256, keyId });

function sealOf(statement: Statement, sha256: string, key: BoxKey): Seal {
  const signature = key.sign(signedText(statement, sha256, key.id));
  return { keyId: key.id, publicKey: key.publicKey, sha256, signature };
}

function isWhole(
  statement: Statement,
  { keyId, publicKey, sha256, signature }: Seal,
  found: string,
): boolean {
  try {
    const key = publicKeyOf(publicKey);
    const isKey = keyIdOf(publicKey) === keyId;
    return found === sha256 && isKey && isSigned(signedText(statement, sha256, keyId), signature, key);
  } catch (error) {
    if (codeOf(error) === 'seal.key') return false;
    throw error;
  }
}

/** @param key null: the report goes without a seal */
export function sealReport(content: ReportContent, key: BoxKey | null): Report {
  return { ...content, seal: key && sealOf('commission', reportHash(content), key) };
}

export function reportHash(content: ReportContent): string {
  return hash('sha256', canonical(content), 'hex');
}

const PAGE_SEAL = /\n<!-- anpr-seal (\{[^\n]*\}) -->\n$/;

/** The page with its seal as the last line. */
export function sealPage(html: string, key: BoxKey | null): string {
  if (!key) return html;
  const seal = sealOf('commission-page', hash('sha256', html, 'hex'), key);
  return `${html}\n<!-- anpr-seal ${JSON.stringify(seal)} -->\n`;
}

const CSV_SEAL = 'anpr-seal';

/** The table with its seal as the last line. */
export function sealCsv(csv: string, key: BoxKey | null): string {
  if (!key) return csv;
  const seal = sealOf('commission-csv', linesHash(csv), key);
  return `${csv}${CSV_SEAL},"${JSON.stringify(seal).replaceAll('"', '""')}"\r\n`;
}

/** Mail, wikis and version control change the ends of lines, and nothing else. */
function linesHash(csv: string): string {
  return hash('sha256', csv.replaceAll('\r\n', '\n'), 'hex');
}

export type Checked =
  /** nothing was changed since it was signed with this key; `report`: null for a page and a table */
  | { state: 'whole'; keyId: string; publicKey: string; report: Report | null }
  | { state: 'tampered'; keyId: string | null }
  | { state: 'unsigned'; report: Report | null };

/**
 * Checks a report: JSON, page or table.
 * @throws {AnprError} `commission.no-report`, `commission.other-version`
 */
export function checkFile(text: string, name: string): Checked {
  if (/^\s*<!doctype html>/i.test(text)) return checkPage(text, name);
  if (!/^\s*[{[]/.test(text) && /\.csv$/i.test(name)) return checkCsv(text.replace(/^\uFEFF/, ''), name);
  const report = parseReport(text, name);
  const { seal } = report;
  if (!seal) return { state: 'unsigned', report };
  // Hashed is what stands in the file: fields that this version does not know are signed too.
  const { seal: _, ...content } = JSON.parse(text) as Record<string, unknown>;
  const { keyId, publicKey } = seal;
  return isWhole('commission', seal, hash('sha256', canonical(content), 'hex'))
    ? { state: 'whole', keyId, publicKey, report }
    : { state: 'tampered', keyId };
}

function checkPage(text: string, name: string): Checked {
  const found = PAGE_SEAL.exec(text);
  if (!text.includes('<meta name="generator" content="anpr commission">'))
    throw noReport(name, 'is another page');
  if (!found) return { state: 'unsigned', report: null };
  let seal: Seal;
  try {
    seal = sealSchema.parse(JSON.parse(found[1]!));
  } catch {
    return { state: 'tampered', keyId: null };
  }
  const { keyId, publicKey } = seal;
  return isWhole('commission-page', seal, hash('sha256', text.slice(0, found.index), 'hex'))
    ? { state: 'whole', keyId, publicKey, report: null }
    : { state: 'tampered', keyId };
}

function checkCsv(text: string, name: string): Checked {
  const at = text.indexOf(`\n${CSV_SEAL},`) + 1;
  if (at === 0) {
    if (!isReportTable(text)) throw noReport(name, 'is another table');
    return { state: 'unsigned', report: null };
  }
  let seal: Seal;
  try {
    const lines = csvRecords(text.slice(at));
    if (lines.length !== 1) return { state: 'tampered', keyId: null };
    seal = sealSchema.parse(JSON.parse(lines[0]?.fields[1] ?? ''));
  } catch {
    return { state: 'tampered', keyId: null };
  }
  const { keyId, publicKey } = seal;
  return isWhole('commission-csv', seal, linesHash(text.slice(0, at)))
    ? { state: 'whole', keyId, publicKey, report: null }
    : { state: 'tampered', keyId };
}

/** @throws {AnprError} `commission.no-report`, `commission.other-version` */
export function parseReport(text: string, name: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw noReport(name, 'is neither JSON nor a page');
  }
  const head = (typeof value === 'object' && value !== null ? value : {}) as Partial<Report>;
  if (head.report !== 'anpr-commission') throw noReport(name, 'is other JSON');
  if (head.version !== REPORT_VERSION)
    throw new AnprError(
      'commission.other-version',
      `${name} is a report of version ${String(head.version)}; this command knows version ${REPORT_VERSION}`,
      'Use the anpr that wrote it, or a newer one.',
    );
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw noReport(name, `is damaged: ${issue!.path.join('.')}: ${issue!.message}`);
}

function noReport(name: string, what: string): AnprError {
  return new AnprError(
    'commission.no-report',
    `wanted a report of anpr commission, but ${name} ${what}`,
    'Name the .json, .html or .csv that anpr commission wrote.',
  );
}
